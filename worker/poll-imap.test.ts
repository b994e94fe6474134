// Collecting by IMAP against a scripted server: what it does to the folder, and what it refuses.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeWorker, makeWorld } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type ImapRudeness, type ImapServer, startImap } from "@/test/servers/imap";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let context: WorkerContext;
const servers: ImapServer[] = [];
beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => db.drop());

const mail = (n: number | string) =>
  `From: a@out.example\r\nSubject: Mail ${n}\r\nMessage-ID: <${n}@out.example>\r\nDate: Tue, 24 Nov 2026 02:00:00 +0000\r\n\r\nText ${n}\r\n`;

async function world(columns: Record<string, unknown> = {}, rude: ImapRudeness = {}) {
  const server = await startImap({ users: { box: "secret" }, rude });
  servers.push(server);
  return { server, ...(await makeWorld(db, context, server, { protocol: "imap", ...columns })) };
}

test("only what Mailferry collected is expunged, not what another program marked as deleted", async () => {
  const w = await world();
  w.server.add("box", mail(1));
  const theirs = w.server.add("box", mail("theirs"));
  w.server.rude.refuseUid = theirs.uid;
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1"]);
  theirs.flags.add("\\Deleted");
  await w.poll();
  expect(w.server.list("box").map(({ uid }) => uid)).toEqual([theirs.uid]);
  expect(w.server.commands.filter((line) => line.includes("EXPUNGE"))).toEqual(["UID EXPUNGE 1"]);
  expect(w.server.commands.join("\n")).not.toMatch(/^(EXPUNGE|CLOSE)/m);
});

test.each<[string, Record<string, unknown>, ImapRudeness, string]>([
  ["delete without UIDPLUS", { after: "delete" }, { noUidPlus: true }, "UIDPLUS"],
  ["keep-days without UIDPLUS", { after: "keep-days" }, { noUidPlus: true }, "UIDPLUS"],
  ["delete in a folder that is read-only", { after: "delete" }, { readOnly: true }, "may only read"],
])("%s is refused with that reason, and nothing is fetched", async (_name, columns, rude, reason) => {
  const w = await world(columns, rude);
  w.server.add("box", mail(1));
  await w.poll();
  expect(await w.state()).toMatchObject({ last_result: "error", last_error: expect.stringContaining(reason) });
  expect(await w.subjects()).toEqual([]);
  expect(w.server.commands.join("\n")).not.toMatch(/BODY|STORE|EXPUNGE/);
  await w.set("after = 'keep'");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1"]);
  expect(w.server.list("box")).toHaveLength(1);
});

test("start is judged by INTERNALDATE, whatever the mail's own headers say", async () => {
  const w = await world({ start: "2026-11-20" });
  w.server.add("box", mail("old"), new Date("2026-11-19T22:59:00Z"));
  w.server.add("box", mail("new"), new Date("2026-11-19T23:00:00Z"));
  await w.poll();
  // Midnight in Berlin, the tenant's time zone.
  expect(await w.subjects()).toEqual(["Mail new"]);
  expect(w.server.list("box").map(({ uid }) => uid)).toEqual([1]);
  const [left] = await w.rows(
    "select uid, received_at, headline from identity where tenant_id = $1 and state = 'skipped'",
  );
  expect(left).toEqual({
    uid: "1",
    received_at: new Date("2026-11-19T22:59:00Z"),
    headline: "a@out.example: Mail old",
  });
});

test("another UIDVALIDITY: matched by hash, and the folder's old marks mean nothing", async () => {
  const w = await world({ after: "keep" });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  w.server.rude.uidValidity = 9;
  w.server.add("box", mail(4));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3", "Mail 4"]);
  const found = await w.rows(
    "select epoch, count(*)::int as n from identity where tenant_id = $1 and state = 'stored' group by epoch",
  );
  expect(found).toEqual([{ epoch: "9", n: 4 }]);
});

test("one mail that can't be had stops no other, and no session breaks on it before its time", async () => {
  const w = await world({}, { refuseUid: 2 });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 3"]);
  expect(w.count("LOGOUT")).toBe(0);
  await w.poll();
  expect(w.count("LOGOUT")).toBe(1);
  expect(w.server.list("box").map(({ uid }) => uid)).toEqual([2]);
});

test.each<[string, ImapRudeness]>([
  ["without a size", { noSizeOf: 2 }],
  ["whose line the server can't make", { refuseListingOf: 2 }],
])("a mail %s stops no other, and is collected too", async (_name, rude) => {
  const w = await world({}, rude);
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3"]);
  expect(w.server.list("box")).toEqual([]);
});

test("a line that is lost closes nothing, and the mail is not collected again when it is back", async () => {
  const w = await world({ after: "keep" }, { noSearch: true });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  w.server.rude.loseLineOf = 2;
  w.server.add("box", mail(4));
  await w.poll();
  const open = () => w.rows("select uid from identity where tenant_id = $1 and state = 'stored' order by uid");
  expect((await open()).map(({ uid }) => uid)).toEqual(["1", "2", "3", "4"]);
  w.server.rude.loseLineOf = 0;
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3", "Mail 4"]);
  expect(await w.rows("select 1 from identity where tenant_id = $1")).toHaveLength(4);
});
