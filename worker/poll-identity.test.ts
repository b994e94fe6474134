// Identity at the source: what is deleted, what is fetched first, and when a mail counts as gone.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeWorker, makeWorld } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Pop3Rudeness, type Pop3Server, startPop3 } from "@/test/servers/pop3";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let context: WorkerContext;
const servers: Pop3Server[] = [];
beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => db.drop());

const mail = (n: number | string, text = `Text ${n}`) =>
  `From: a@out.example\r\nSubject: Mail ${n}\r\nMessage-ID: <${n}@out.example>\r\n\r\n${text}\r\n`;

async function world(columns: Record<string, unknown> = {}, rude: Pop3Rudeness = {}) {
  const server = await startPop3({ users: { box: "secret" }, rude });
  servers.push(server);
  const made = await makeWorld(db, context, server, columns);
  const identities = () =>
    made.rows("select uid, state from identity where tenant_id = $1 order by id") as Promise<
      { uid: string; state: string }[]
    >;
  /** Another mail under the UIDL of one that is there. */
  const swap = (uid: string, bytes: string) => {
    for (const one of server.list("box")) if (one.uid === uid) one.bytes = Buffer.from(bytes);
  };
  return { server, identities, swap, ...made };
}

test("keep-days: it stays, and goes when the days are over, by a look at its headers alone", async () => {
  const w = await world({ after: "keep-days", keep_days: 3 });
  w.server.add("box", mail(1));
  await w.poll();
  await db.owner.pool.query("update identity set created_at = now() - interval '71 hours' where mailbox_id = $1", [
    w.id,
  ]);
  await w.poll();
  expect(w.server.list("box")).toHaveLength(1);
  await db.owner.pool.query("update identity set created_at = now() - interval '73 hours' where mailbox_id = $1", [
    w.id,
  ]);
  await w.poll();
  expect(w.server.list("box")).toHaveLength(0);
  expect([w.count("RETR"), w.count("TOP")]).toEqual([1, 1]);
  expect(await w.identities()).toMatchObject([{ state: "closed" }]);
});

test.each([
  ["other headers, the same size", "Mail 2", mail(2)],
  ["the same headers, another size", "Mail 1", mail(1, "Longer than before")],
])("what is to be deleted is another mail now (%s): fetched, compared, collected", async (_name, subject, bytes) => {
  const w = await world({ after: "keep" });
  w.server.add("box", mail(1), "same");
  await w.poll();
  w.swap("same", bytes);
  await w.set("after = 'delete'");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", subject]);
  expect(w.count("RETR")).toBe(2);
  expect(w.server.deleted.map((one) => String(one.bytes))).toEqual([bytes]);
});

test("headers that can't be shown: fetched and compared whole before it is deleted", async () => {
  const w = await world({ after: "keep" });
  w.server.add("box", mail(1));
  await w.poll();
  w.server.rude.noTop = true;
  await w.set("after = 'delete'");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1"]);
  expect(w.count("RETR")).toBe(2);
  expect(w.server.list("box")).toHaveLength(0);
});

test("gone from a complete listing: closed; there again with the same bytes: no second delivery", async () => {
  const w = await world({ after: "keep" });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n), `u${n}`);
  await w.poll();
  const [first] = w.server.take("box", "u1");
  await w.poll();
  expect(await w.identities()).toMatchObject([{ state: "closed" }, { state: "stored" }, { state: "stored" }]);
  w.server.add("box", first?.bytes ?? "", "u1");
  w.server.add("box", mail(4), "u4");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3", "Mail 4"]);
});

test("a refused DELE leaves that mail alone, and the others count", async () => {
  const w = await world({}, { refuseDelete: 1 });
  for (const n of [1, 2]) w.server.add("box", mail(n));
  await w.poll();
  expect(w.server.list("box").map((one) => String(one.bytes))).toEqual([mail(1)]);
  expect((await w.identities()).map(({ state }) => state)).toEqual(["stored", "closed"]);
  delete w.server.rude.refuseDelete;
  await w.poll();
  expect(w.server.list("box")).toEqual([]);
  expect(w.count("RETR")).toBe(2);
});

test("a new name of the mailbox changes nothing", async () => {
  const w = await world({ after: "keep" });
  w.server.add("box", mail(1));
  await w.poll();
  await w.set("name = 'another name'");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1"]);
});

test("a sender's clock decides nothing: no date at all means collect", async () => {
  const w = await world({ start: "2026-11-20T00:00:00Z" });
  w.server.add("box", mail("undated"));
  w.server.add("box", `Date: Mon, 2 Nov 2026 10:00:00 +0000\r\n${mail("old")}`);
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail undated"]);
});

test("the worker is told to hurry: the session ends at once, and what came is kept", async () => {
  const w = await world({ timeout_seconds: 180 }, { hangAt: "Mail 2", noPipelining: true });
  for (const n of [1, 2]) w.server.add("box", mail(n));
  const hurry = new AbortController();
  const session = w.poll({ ...context, hurry: hurry.signal });
  while (w.server.hung === 0) await new Promise((done) => setTimeout(done, 5));
  hurry.abort();
  await session;
  expect(await w.subjects()).toEqual(["Mail 1"]);
  expect(w.count("QUIT")).toBe(0);
  expect(await w.state()).toMatchObject({ lease_token: null, last_result: "partial" });
});
