// What status and doctor say of the database's room, on a real database.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { recordReading } from "@/domain/space/store";
import { type TestDatabase, testDatabase } from "@/test/database";
import { parseArguments } from "../arguments";
import { spaceFindings } from "./doctor-space";
import { statusCommand } from "./status";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  await db.owner.pool.query("delete from space_reading");
  await db.owner.pool.query("delete from worker");
});
afterAll(() => db.drop());

const beat = () =>
  db.owner.pool.query("insert into worker (id, name, sites) values ($1, 'ferry.example', '{main}')", [randomUUID()]);
const reads = (news: "full" | "room") =>
  recordReading(db.worker, { kind: "disk", watcher: "w", seen: "the disk has 0.9 GB left", news });
const doctor = async () => (await spaceFindings(db.owner)).map(({ state, words }) => `${state} ${words}`);

async function status(line = "") {
  let printed = "";
  await statusCommand({
    args: parseArguments({ usage: "", words: [], flags: { json: "switch" } }, line.split(" ").filter(Boolean)),
    env: {} as NodeJS.ProcessEnv,
    db: async () => db.owner,
    print: (text) => {
      printed += text;
    },
    say: () => {},
  });
  return printed;
}

it("doctor has a fault while collecting is paused, and a note when no worker sees how much room there is", async () => {
  expect(await doctor()).toEqual([]);
  await beat();
  expect(await doctor()).toEqual([expect.stringMatching(/^note no worker sees .*MAILFERRY_DATABASE_LIMIT_GB/)]);
  await reads("room");
  expect(await doctor()).toEqual([expect.stringMatching(/^ok the database has room/)]);
  await reads("full");
  expect(await doctor()).toEqual([
    expect.stringMatching(/^fault collecting is paused .*: the disk has 0\.9 GB left\./),
  ]);
});

it("status begins with it; its JSON keeps its promised shape", async () => {
  await reads("full");
  expect(await status()).toMatch(
    /^Collecting is paused since 20\S+Z: the disk has 0\.9 GB left\. Mail waits at the providers, nothing is lost\.\n/,
  );
  expect(JSON.parse(await status("--json"))).toEqual({ tenants: [] });
});
