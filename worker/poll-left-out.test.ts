// What `start` left out: it stays left out for ever, is listed once, and keeps no other mail away.
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { readMailbox } from "@/domain/mailbox/store";
import { collectTheseToo, listLeftOut } from "@/domain/mailbox/store-run";
import { saveMailbox } from "@/domain/mailbox/store-write";
import { forgetIdentities } from "@/domain/retention/mail";
import { makeWorker, makeWorld, personScope, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type ImapServer, startImap } from "@/test/servers/imap";
import { type Pop3Server, startPop3 } from "@/test/servers/pop3";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let context: WorkerContext;
const servers: (Pop3Server | ImapServer)[] = [];
beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => db.drop());

const start = "2026-11-20T00:00:00Z";
const mail = (n: number | string, day = 1) =>
  `Received: from x by y; ${day} Nov 2026 10:00:00 +0000\r\nFrom: a@out.example\r\nSubject: Mail ${n}\r\n\r\nText ${n}\r\n`;

async function pop3(columns: Record<string, unknown> = {}) {
  const server = await startPop3({ users: { box: "secret" } });
  servers.push(server);
  return withList({ server, ...(await makeWorld(db, context, server, { start, ...columns })) });
}
async function imap(columns: Record<string, unknown> = {}) {
  const server = await startImap({ users: { box: "secret" } });
  servers.push(server);
  return withList({ server, ...(await makeWorld(db, context, server, { protocol: "imap", start, ...columns })) });
}
const withList = <W extends { tenant: { tenantId: string }; id: string }>(w: W) => ({
  ...w,
  leftOut: async () =>
    (await listLeftOut(personScope(db, w.tenant.tenantId), w.id, "skipped")).map(({ uid }) => uid).sort(),
});

test("gone from a listing for years, then there again under new names and with new dates: still left out", async () => {
  const w = await imap({ after: "keep" });
  const old = new Date("2026-11-01T10:00:00Z");
  for (const n of [1, 2]) w.server.add("box", mail(n), old);
  await w.poll();
  expect(await w.leftOut()).toEqual(["1", "2"]);
  w.server.rude.hide = true;
  await w.poll();
  expect(await w.leftOut()).toEqual([]);
  await forgetIdentities(workerScope(db, w.tenant.tenantId), new Date(Date.now() + 4000 * 86_400_000));
  w.server.rude = Object.assign(w.server.rude, { hide: false, uidValidity: 7 });
  for (const one of w.server.list("box")) one.receivedAt = new Date("2026-11-24T10:00:00Z");
  w.server.add("box", mail(3), new Date("2026-11-24T10:00:00Z"));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 3"]);
  expect(await w.leftOut()).toEqual(["1", "2"]);
});

test("a listing that flickers makes no new rows", async () => {
  const w = await pop3();
  const twins = [mail(1), mail(1), mail(2)];
  for (let n = 0; n < 3; n += 1) {
    for (const [at, bytes] of twins.entries()) w.server.add("box", bytes, `u${at}`);
    await w.poll();
    expect(await w.leftOut()).toEqual(["u0", "u1", "u2"]);
    for (const at of twins.keys()) w.server.take("box", `u${at}`);
    await w.poll();
    expect(await w.leftOut()).toEqual([]);
  }
  expect(await w.rows("select 1 from identity where tenant_id = $1")).toHaveLength(3);
});

test("other names: it is listed once, and what a person asked for is collected once", async () => {
  const w = await pop3({ after: "keep" });
  for (const n of [1, 2, 3, 4]) w.server.add("box", mail(n), `u${n}`);
  await w.poll();
  const [asked] = await listLeftOut(personScope(db, w.tenant.tenantId), w.id, "skipped");
  await collectTheseToo(personScope(db, w.tenant.tenantId), w.id, [asked?.id ?? 0]);
  w.server.rude.uidlPrefix = "x";
  for (let n = 0; n < 4; n += 1) await w.poll();
  const left = ["xu1", "xu2", "xu3", "xu4"].filter((uid) => uid !== `x${asked?.uid}`);
  expect(await w.leftOut()).toEqual(left);
  expect(await w.subjects()).toEqual([`Mail ${asked?.uid.slice(1)}`]);
});

test.each([
  ["that came while it was away", true],
  ["of another size", false],
])("another mail %s, under its UIDL: collected", async (_name, away) => {
  const w = await pop3();
  w.server.add("box", mail("old"), "1");
  w.server.add("box", mail("older"), "2");
  await w.poll();
  w.server.take("box", "1");
  if (away) await w.poll();
  w.server.add("box", mail(away ? "new" : "newest", 21), "1");
  await w.poll();
  expect(await w.subjects()).toEqual([away ? "Mail new" : "Mail newest"]);
  expect(await w.leftOut()).toEqual(["2"]);
});

test("a server that counts its octets anew: left out stays left out, whatever start says by now", async () => {
  const w = await pop3({ after: "keep" });
  for (const n of [1, 2]) w.server.add("box", mail(n), `u${n}`);
  await w.poll();
  w.server.rude.sizeLie = 7;
  await w.set("start = 'all'");
  await w.poll();
  await w.poll();
  expect(await w.subjects()).toEqual([]);
  expect(await w.leftOut()).toEqual(["u1", "u2"]);
  // Twice to leave them out, twice for the new size; the third session knows it.
  expect(w.count("TOP")).toBe(4);
});

test("a listing without a size is no other mail", async () => {
  const w = await imap({ after: "keep" });
  w.server.add("box", mail(1), new Date("2026-11-01T10:00:00Z"));
  await w.poll();
  const looks = () => w.server.commands.filter((line) => line.includes("HEADER")).length;
  expect(looks()).toBe(1);
  w.server.rude.noSizeOf = 1;
  await w.set("start = 'all'");
  await w.poll();
  expect(await w.subjects()).toEqual([]);
  expect(await w.leftOut()).toEqual(["1"]);
  expect(looks()).toBe(1);
});

test("start is moved back while a session writes down what it left out: neither waits for the other for ever", async () => {
  const w = await pop3();
  w.server.add("box", mail(1), "u1");
  await w.poll();
  const person = personScope(db, w.tenant.tenantId);
  const row = await readMailbox(person, w.id);
  if (!row) throw new Error("no mailbox");
  const session = await db.owner.pool.connect();
  await session.query("begin");
  await session.query("select 1 from mailbox_state where mailbox_id = $1 for share", [w.id]);
  const saved = saveMailbox(person, w.id, { ...row.settings, start: "all", version: row.version }, new Date());
  const waits = async () =>
    (await db.owner.pool.query("select 1 from pg_locks where not granted and pid <> pg_backend_pid()")).rowCount;
  await vi.waitUntil(waits, { timeout: 10_000 });
  await session.query("update identity set size = 1 where mailbox_id = $1", [w.id]);
  await session.query("commit");
  session.release();
  await saved;
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1"]);
});
