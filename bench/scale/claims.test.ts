// The next mail of a lane is found by the index of those that are due in the order of their arrival, however many are settled.
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "@/bench/trace/world";
import { type TestDatabase, testDatabase } from "@/test/database";
import { checkClaims, makeClaimsWorld } from "./claims";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const client = await connect(db.urls.owner);
  await makeClaimsWorld(client, { tenants: 20, mails: 8000, longest: 2000, deferred: 4000 }, () => {});
  await client.end();
}, 120_000);
afterAll(() => db?.drop());

test("a claim reads no settled mail, and as little in a long queue or beside much that is deferred as in a short one", async () => {
  const said: string[] = [];
  expect(await checkClaims(db, (line) => said.push(line))).toEqual([]);
  expect(said[0]).toMatch(/^240 mails were claimed/);
});
