// Other names for the same mails, and the same names for other mails: nothing is delivered twice, and nothing is missed.
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { readMailbox } from "@/domain/mailbox/store";
import { saveMailbox } from "@/domain/mailbox/store-write";
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

/** Without a Message-ID, so that no merging hides a second copy. */
const mail = (n: number | string) => `From: a@out.example\r\nSubject: Mail ${n}\r\n\r\nText ${n}\r\n`;

async function world(columns: Record<string, unknown> = {}, rude: Pop3Rudeness = {}) {
  const server = await startPop3({ users: { box: "secret", other: "secret" }, rude });
  servers.push(server);
  const made = await makeWorld(db, context, server, columns);
  const rename = (from: string, to: string) => {
    for (const one of server.take("box", from)) server.add("box", one.bytes, to);
  };
  /** What a person does who saves another user name. */
  const moveTo = async (username: string) => {
    const scope = personScope(db, made.tenant.tenantId);
    const row = await readMailbox(scope, made.id);
    if (!row) throw new Error("no mailbox");
    const edit = { ...row.settings, username, password: "secret", version: row.version };
    await saveMailbox(scope, made.id, edit, new Date());
  };
  return { server, rename, moveTo, ...made };
}

const numbers = (...ns: (number | string)[]) => ns.map((n) => `Mail ${n}`);

test("a bad mail's session in the middle of a renumbering does not end the comparing", async () => {
  const w = await world({ after: "keep", max_per_poll: 3 });
  for (let n = 1; n <= 8; n += 1) w.server.add("box", mail(n), `old${n}`);
  for (let n = 0; n < 4; n += 1) await w.poll();
  for (let n = 1; n <= 8; n += 1) w.rename(`old${n}`, `new${n}`);
  await w.poll();
  await w.poll();
  await db.owner.pool.query(
    `insert into identity (tenant_id, mailbox_id, uid, size, state, tries, next_try_at)
     values ($1, $2, 'badone', 10, 'bad', 1, now() - interval '1 second')`,
    [w.tenant.tenantId, w.id],
  );
  w.server.add("box", mail("bad"), "badone");
  await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5, 6, 7, 8, "bad"));
  expect(await w.state()).toMatchObject({ recheck: true });
  for (let n = 0; n < 3; n += 1) await w.poll();
  expect(await w.subjects()).toHaveLength(9);
  expect(await w.state()).toMatchObject({ recheck: false, last_result: "nothing-new" });
});

test("without UIDLs the comparing ends with a session that saw all of it", async () => {
  const w = await world({ max_per_poll: 2 }, { noUidl: true });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  await db.owner.pool.query("update mailbox_state set recheck = true where mailbox_id = $1", [w.id]);
  for (const n of [4, 5]) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.state()).toMatchObject({ recheck: true });
  await w.poll();
  expect(await w.state()).toMatchObject({ recheck: false });
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5));
});

test("one session without UIDLs: what it collected is known again when they are back, though it stays a while", async () => {
  const w = await world();
  const late = { ...context, env: { ...context.env, deleteDelayMinutes: 15 } };
  for (let n = 1; n <= 6; n += 1) w.server.add("box", mail(n), `u${n}`);
  await w.poll(late);
  w.server.rude.noUidl = true;
  w.server.add("box", mail(7), "u7");
  await w.poll(late);
  w.server.rude.noUidl = false;
  w.server.add("box", mail(8), "u8");
  await w.poll(late);
  await w.poll(late);
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5, 6, 7, 8));
  const open = await w.rows("select uid from identity where tenant_id = $1 and state = 'stored' order by uid");
  expect(open.map(({ uid }) => uid)).toEqual(["u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"]);
});

test("a few mails get other names: they are known by their bytes, also when a session does not come to them", async () => {
  const w = await world({ after: "keep", max_per_poll: 1 });
  for (let n = 1; n <= 6; n += 1) w.server.add("box", mail(n), `u${n}`);
  for (let n = 0; n < 7; n += 1) await w.poll();
  w.rename("u1", "v1");
  w.rename("u2", "v2");
  w.server.add("box", mail("as long"), "u7");
  w.server.add("box", mail(9), "u9");
  for (let n = 0; n < 6; n += 1) await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5, 6, "as long", 9));
  const open = await w.rows("select uid from identity where tenant_id = $1 and state = 'stored' order by uid");
  expect(open.map(({ uid }) => uid)).toEqual(["u3", "u4", "u5", "u6", "u7", "u9", "v1", "v2"]);
});

test("another mailbox with the same UIDLs and sizes: each of its mails is collected, what is the same mail is not", async () => {
  const w = await world({ after: "keep", start: "2020-01-01T00:00:00Z" });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n), `${n}`);
  w.server.add("box", `Date: Mon, 2 Nov 2015 10:00:00 +0000\r\n${mail("old")}`, "4");
  await w.poll();
  await w.moveTo("other");
  for (const [uid, n] of [
    ["1", 7],
    ["2", 2],
    ["3", 8],
    ["4", 9],
    ["5", 1],
  ] as const)
    w.server.add("other", mail(n), uid);
  await w.poll();
  await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 7, 8, 9));
  expect(await w.state()).toMatchObject({ recheck: false, last_result: "nothing-new" });
  const open = await w.rows("select epoch, uid from identity where tenant_id = $1 and state = 'stored' order by uid");
  expect(open).toEqual(["1", "2", "3", "4", "5"].map((uid) => ({ epoch: "", uid })));
  // And back: what is there was collected before.
  await w.moveTo("box");
  w.server.add("box", mail(10), "5");
  await w.poll();
  await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 7, 8, 9, 10));
});

test("a session at the old place stores nothing, writes nothing over the save, and deletes nothing", async () => {
  const w = await world({}, { slow: 40, noPipelining: true });
  for (let n = 11; n <= 40; n += 1) w.server.add("box", mail(n), `${n - 10}`);
  for (const n of [4, 5, 6]) w.server.add("other", mail(n), `${n - 3}`);
  const session = w.poll();
  await vi.waitFor(() => expect(w.count("RETR")).toBeGreaterThan(0), { timeout: 10_000 });
  await w.moveTo("other");
  await session;
  expect(await w.subjects()).toEqual([]);
  expect([w.count("DELE"), w.count("QUIT")]).toEqual([0, 0]);
  expect(await w.state()).toMatchObject({ recheck: true, failures: 0, lease_token: null });
  delete w.server.rude.slow;
  await w.poll();
  expect(await w.subjects()).toEqual(numbers(4, 5, 6));
  expect(w.server.list("box")).toHaveLength(30);
  expect(w.server.list("other")).toHaveLength(0);
});

test("a source that changed under a session without its lease being taken: that session stores nothing either", async () => {
  const w = await world({}, { slow: 40, noPipelining: true });
  for (let n = 1; n <= 30; n += 1) w.server.add("box", mail(n));
  const session = w.poll();
  await vi.waitFor(() => expect(w.count("RETR")).toBeGreaterThan(0), { timeout: 10_000 });
  await w.set("host = 'localhost', version = version + 1");
  await session;
  expect(await w.subjects()).toEqual([]);
  expect(w.server.list("box")).toHaveLength(30);
  expect(await w.state()).toMatchObject({ lease_token: null });
});

test("another mailbox without TOP whose sizes are too small: all is read one by one, and what is new is collected", async () => {
  const w = await world({ after: "keep" }, { noTop: true, sizeLie: -10 });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n), `u${n}`);
  for (let n = 0; n < 3; n += 1) await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3));
  for (const n of [2, 3, 4, 5]) w.server.add("other", mail(n), `v${n}`);
  await w.moveTo("other");
  for (let n = 0; n < 3; n += 1) await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5));
});

test("kept mail: a name that vanished while mails were compared is free for another mail", async () => {
  const w = await world({ after: "keep" });
  const others = [2, 3, 4, 5];
  w.server.add("box", mail(1), "u1");
  for (const n of others) w.server.add("box", mail(n), `u${n}`);
  await w.poll();
  w.server.take("box", "u1");
  w.server.add("box", mail(6), "u6");
  await w.poll();
  w.server.add("box", mail(7), "u1");
  await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5, 6, 7));
});

test.each([
  ["a bad mail keeps the session from closing anything", "bad"],
  ["a session does not come to all of it", "few"],
])("kept mail: a name is free as soon as a listing lacks it, also where %s", async (_name, how) => {
  const w = await world({ after: "keep", max_per_poll: how === "few" ? 2 : 100 });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n), `u${n}`);
  for (let n = 0; n < 3; n += 1) await w.poll();
  if (how === "bad") {
    w.server.add("box", mail("bad"), "bad");
    await db.owner.pool.query(
      `insert into identity (tenant_id, mailbox_id, uid, size, state, tries, next_try_at)
       values ($1, $2, 'bad', $3, 'bad', 1, now() + interval '1 hour')`,
      [w.tenant.tenantId, w.id, Buffer.byteLength(mail("bad"))],
    );
  }
  w.server.take("box", "u1");
  for (const n of [4, 5, 6]) w.server.add("box", mail(n), `u${n}`);
  await w.poll();
  // Of the same size as the first, which stood under this name.
  w.server.add("box", mail(7), "u1");
  w.server.add("box", mail(8), "u8");
  for (let n = 0; n < 4; n += 1) await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5, 6, 7, 8));
});

test("kept mail that a listing lacked is known by its bytes when it is back under its name", async () => {
  const w = await world({ after: "keep" });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n), `u${n}`);
  await w.poll();
  const [gone] = w.server.take("box", "u2");
  w.server.add("box", mail(4), "u4");
  await w.poll();
  w.server.add("box", gone?.bytes ?? Buffer.alloc(0), "u2");
  for (let n = 0; n < 2; n += 1) await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4));
});

test("the answer to QUIT was lost: what is gone after that was deleted by us, and however much waits stops nothing", async () => {
  const w = await world({ max_per_poll: 2, renumber_limit: 3 }, { dropAtQuit: true });
  for (let n = 1; n <= 9; n += 1) w.server.add("box", mail(n), `u${n}`);
  await w.poll();
  expect(await w.state()).toMatchObject({ state: "active", facts: { leaving: true } });
  await w.poll();
  w.server.rude.dropAtQuit = false;
  for (let n = 0; n < 5; n += 1) await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5, 6, 7, 8, 9));
  expect(await w.state()).toMatchObject({ state: "active", last_result: "nothing-new", facts: {} });
  expect(w.server.list("box")).toEqual([]);
});

test("the database went away behind QUIT: what is gone was deleted by us, and however much waits stops nothing", async () => {
  const w = await world({ max_per_poll: 2, renumber_limit: 3 });
  for (let n = 1; n <= 9; n += 1) w.server.add("box", mail(n), `u${n}`);
  const { pool } = db.owner;
  await pool.query(`create function goes_away() returns trigger language plpgsql as $$
    begin raise exception 'terminating connection due to administrator command' using errcode = '57P01'; end $$`);
  await pool.query(`create trigger goes_away before update on identity for each row
    when (new.state = 'closed' and old.state <> 'closed') execute function goes_away()`);
  await w.poll();
  await pool.query("drop trigger goes_away on identity");
  await pool.query("drop function goes_away");
  expect(w.server.list("box")).toHaveLength(7);
  expect(await w.state()).toMatchObject({ state: "active", last_result: "error", facts: { leaving: true } });
  for (let n = 0; n < 5; n += 1) await w.poll();
  expect(await w.subjects()).toEqual(numbers(1, 2, 3, 4, 5, 6, 7, 8, 9));
  expect(await w.state()).toMatchObject({ state: "active", last_result: "nothing-new", facts: {} });
});
