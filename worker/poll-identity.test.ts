// Identity at the source: what is deleted, what is fetched first, and when a mail counts as gone.
import { getEventListeners } from "node:events";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { listLeftOut } from "@/domain/mailbox/store-run";
import { makeWorker, makeWorld, personScope } from "@/test/collecting";
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

test("another source of the same mailbox: all is compared by its bytes before anything goes there", async () => {
  const w = await world({}, { dropAt: { command: "QUIT", count: 1 } });
  for (const n of [1, 2]) w.server.add("box", mail(n));
  await w.poll();
  expect(w.server.list("box")).toHaveLength(2);
  delete w.server.rude.dropAt;
  w.server.rude.uidlPrefix = "moved";
  w.server.add("box", mail(3));
  await db.owner.pool.query("update mailbox_state set recheck = true where mailbox_id = $1", [w.id]);
  const before = w.server.commands.length;
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3"]);
  expect(w.server.list("box")).toEqual([]);
  const verbs = w.server.commands.slice(before).map((line) => line.split(" ")[0]);
  expect(verbs.lastIndexOf("TOP")).toBeLessThan(verbs.indexOf("RETR"));
  expect(verbs.lastIndexOf("RETR")).toBeLessThan(verbs.indexOf("DELE"));
  expect(await w.state()).toMatchObject({ recheck: false });
});

test("due again at once until a listing brings nothing new, then at the mailbox's interval", async () => {
  const w = await world({ poll_seconds: 900 });
  const wait = async () =>
    (await w.rows("select extract(epoch from due_at - now())::int as s from mailbox_state where tenant_id = $1"))[0].s;
  w.server.add("box", mail(1));
  await w.poll();
  expect(await wait()).toBeLessThanOrEqual(0);
  await w.poll();
  expect(await wait()).toBeGreaterThan(800);
});

test("a bad mail is shown with its UIDL and the server's words, and is no reason to be back at once", async () => {
  const w = await world({ poll_seconds: 900 }, { refuseMail: 1 });
  w.server.add("box", mail(1), "uid-of-it");
  await w.poll();
  await w.poll();
  expect(await listLeftOut(personScope(db, w.tenant.tenantId), w.id, "bad")).toMatchObject([
    { uid: "uid-of-it", tries: 1, lastError: expect.stringContaining("can't read it") },
  ]);
  expect(await w.state()).toMatchObject({ last_result: "nothing-new" });
  expect((await w.state()).due_at.getTime()).toBeGreaterThan(Date.now() + 800_000);
  expect([w.count("RETR"), w.count("QUIT")]).toEqual([1, 1]);
});

test("a session leaves nothing behind in the signals that outlive it", async () => {
  const w = await world();
  const [stopping, hurry] = [new AbortController().signal, new AbortController().signal];
  for (let n = 0; n < 5; n += 1) {
    w.server.add("box", mail(n));
    await w.poll({ ...context, stopping, hurry });
  }
  expect([stopping, hurry].flatMap((signal) => getEventListeners(signal, "abort"))).toEqual([]);
});

test("the database can't store: nothing is deleted at the provider, and all comes when it can again", async () => {
  const w = await world();
  for (const n of [1, 2]) w.server.add("box", mail(n));
  const { pool } = db.owner;
  await pool.query(
    "create function full_disk() returns trigger language plpgsql as $$ begin raise 'could not extend file' using errcode = '53100'; end $$",
  );
  await pool.query(
    `create trigger full_disk before insert on mail for each row when (new.tenant_id = '${w.tenant.tenantId}') execute function full_disk()`,
  );
  await w.poll();
  expect([w.count("DELE"), w.count("QUIT")]).toEqual([0, 0]);
  expect(await w.state()).toMatchObject({ last_result: "error", lease_token: null });
  expect((await w.state()).last_error).toContain("Nothing was deleted at the provider");
  expect(await w.rows("select collected from ledger where tenant_id = $1")).toEqual([{ collected: 0 }]);
  await pool.query("drop trigger full_disk on mail");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2"]);
  expect(w.server.list("box")).toEqual([]);
});
