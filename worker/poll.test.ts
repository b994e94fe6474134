import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { claimMailboxes } from "@/domain/mailbox/claim";
import { readBody } from "@/domain/message/body";
import { givePassword, makeWorker, makeWorld, pollOnce, sumHolds } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Pop3Rudeness, type Pop3Server, startPop3 } from "@/test/servers/pop3";
import { pollMailbox } from "./poll";
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

const mail = (n: number | string, more = "") =>
  `From: a@out.example\r\nTo: info@contoso.example\r\nSubject: Mail ${n}\r\nMessage-ID: <${n}@out.example>\r\nDate: Tue, 24 Nov 2026 02:00:00 +0000\r\n${more}\r\nText ${n}\r\n`;

async function world(columns: Record<string, unknown> = {}, rude: Pop3Rudeness = {}) {
  const server = await startPop3({ users: { box: "secret" }, rude });
  servers.push(server);
  return { server, ...(await makeWorld(db, context, server, columns)) };
}

test("collects, stores, deletes, and the mail is ready for its lane", async () => {
  const w = await world();
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3"]);
  expect(w.server.list("box")).toHaveLength(0);
  expect(await w.state()).toMatchObject({ last_result: "ok", last_new: 3, lease_token: null });
  const { rows } = await db.owner.pool.query(
    "select m.state, m.place, m.body_id, b.prefix_length, l.due_at is not null as due, r.address from mail m join body b on b.id = m.body_id join recipient r on r.mail_id = m.id join lane l on l.tenant_id = m.tenant_id where m.tenant_id = $1",
    [w.tenant.tenantId],
  );
  expect(rows[0]).toMatchObject({ state: "ready", place: "waiting", due: true, address: "info@contoso.example" });
  const parts: Buffer[] = [];
  for await (const part of readBody(db.worker, w.tenant.tenantId, rows[0].body_id)) parts.push(part);
  const bytes = Buffer.concat(parts).toString();
  expect(bytes.slice(rows[0].prefix_length)).toBe(mail(1));
  expect(bytes).toMatch(
    /^Received: from \[127\.0\.0\.1\]\r\n\tby ferry\.provider\.example \(Mailferry inst-1\) with POP3\r\n\tid [0-9a-f-]{36}; /,
  );
  expect(await sumHolds(db, w.tenant.tenantId)).toBe(true);
  await w.poll();
  expect(await w.state()).toMatchObject({ last_result: "nothing-new" });
});

test("saved or paused while a session runs: it deletes nothing by what was set before", async () => {
  const w = await world({}, { slow: 30 });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  const session = w.poll();
  await vi.waitFor(() => expect(w.count("RETR")).toBe(3));
  await w.set("after = 'keep', version = version + 1");
  await session;
  expect(w.count("DELE") + w.count("QUIT")).toBe(0);
  expect(await w.subjects()).toHaveLength(3);
  await w.poll();
  expect(w.server.list("box")).toHaveLength(3);
  expect(w.count("RETR")).toBe(3);
});

test("the answer to QUIT is lost: what is still there is deleted without fetching it again", async () => {
  const w = await world({}, { dropAt: { command: "QUIT", count: 1 } });
  w.server.add("box", mail(1));
  await w.poll();
  expect(w.server.list("box")).toHaveLength(1);
  delete w.server.rude.dropAt;
  await w.poll();
  expect(w.server.list("box")).toHaveLength(0);
  expect(w.count("RETR")).toBe(1);
  expect(w.count("TOP")).toBe(1);
  expect(await w.subjects()).toEqual(["Mail 1"]);
});

test("QUIT was done but never answered: nothing is collected twice", async () => {
  const w = await world({}, { dropAtQuit: true });
  w.server.add("box", mail(1));
  await w.poll();
  delete w.server.rude.dropAtQuit;
  w.server.add("box", mail(2));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2"]);
});

test("a UIDL used again for another mail of the same size: collected, never deleted unseen", async () => {
  const w = await world({}, { dropAtQuit: true });
  w.server.add("box", mail(1), "again");
  await w.poll();
  delete w.server.rude.dropAtQuit;
  w.server.add("box", mail(2), "again");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2"]);
});

test("a closed UIDL seen again is compared: the same bytes are not delivered again", async () => {
  const w = await world({ after: "delete" });
  w.server.add("box", mail(1), "one");
  await w.poll();
  await w.poll();
  w.server.add("box", mail(1), "one");
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1"]);
  expect(w.server.list("box")).toHaveLength(0);
});

test("renumbered: matched by hash, nothing delivered again, what is new is", async () => {
  const w = await world({ after: "keep" });
  for (let n = 1; n <= 5; n += 1) w.server.add("box", mail(n));
  await w.poll();
  w.server.rude.uidlPrefix = "x";
  w.server.add("box", mail(6));
  await w.poll();
  expect(await w.subjects()).toHaveLength(6);
  await w.poll();
  expect(await w.state()).toMatchObject({ last_result: "nothing-new", recheck: false });
  const { rows } = await db.owner.pool.query(
    "select count(*)::int as n from identity where mailbox_id = $1 and state = 'stored' and uid like 'x%'",
    [w.id],
  );
  expect(rows[0].n).toBe(6);
});

test("a migration that shows an empty mailbox first, then all mails under new names: nothing is delivered again", async () => {
  for (const recheck of [true, false]) {
    const w = await world({ after: "keep" });
    for (const n of [1, 2, 3]) w.server.add("box", mail(n));
    await w.poll();
    for (const { uid } of w.server.list("box")) w.server.take("box", uid);
    if (recheck) await db.owner.pool.query("update mailbox_state set recheck = true where mailbox_id = $1", [w.id]);
    await w.poll();
    expect(await w.state()).toMatchObject({ listed: 0 });
    w.server.rude.uidlPrefix = "moved";
    for (const n of [1, 2, 3, 4]) w.server.add("box", mail(n));
    await w.poll();
    expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3", "Mail 4"]);
    expect(await w.state()).toMatchObject({ recheck: false });
  }
});

test("renumbered with more new mails than the limit: stopped, until a person starts it", async () => {
  const w = await world({ after: "keep", renumber_limit: 2 });
  for (let n = 1; n <= 3; n += 1) w.server.add("box", mail(n));
  await w.poll();
  w.server.rude.uidlPrefix = "x";
  for (let n = 4; n <= 6; n += 1) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.state()).toMatchObject({ state: "stopped", reason_kind: "renumbered" });
  expect(await w.subjects()).toHaveLength(3);
  await db.owner.pool.query("update mailbox_state set state = 'active' where mailbox_id = $1", [w.id]);
  await w.poll();
  expect(await w.subjects()).toHaveLength(6);
});

test.each<[string, Pop3Rudeness]>([
  ["no UIDL", { noUidl: true }],
  ["the same UIDL for all", { sameUidl: "same" }],
])("%s: delete mode, recognised by hash", async (_name, rude) => {
  const w = await world({}, { ...rude, dropAt: { command: "QUIT", count: 1 } });
  w.server.add("box", mail(1));
  w.server.add("box", mail(1));
  await w.poll();
  expect(await w.subjects()).toHaveLength(2);
  expect(w.server.list("box")).toHaveLength(2);
  delete w.server.rude.dropAt;
  w.server.add("box", mail(2));
  await w.poll();
  expect(await w.subjects()).toHaveLength(3);
  expect(w.server.list("box")).toHaveLength(0);
  w.server.add("box", mail(1));
  await w.poll();
  expect(await w.subjects()).toHaveLength(4);
});

test("no UIDL and keep: refused, with what to choose", async () => {
  const w = await world({ after: "keep" }, { noUidl: true });
  w.server.add("box", mail(1));
  await w.poll();
  expect(await w.state()).toMatchObject({
    last_result: "error",
    last_error: expect.stringContaining("choose “delete”"),
  });
  expect(w.count("RETR")).toBe(0);
});

test("one bad mail stops nothing else, and waits for a session of its own", async () => {
  const w = await world({}, { refuseMail: 2 });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 3"]);
  expect(w.server.list("box")).toHaveLength(3);
  expect(w.count("QUIT")).toBe(0);
  expect(await w.state()).toMatchObject({ last_result: "partial" });
  await w.poll();
  expect(w.server.list("box")).toHaveLength(1);
  expect(w.count("RETR")).toBe(3);
  expect(await w.state()).toMatchObject({ last_result: "nothing-new" });
  w.server.rude.refuseMail = 0;
  await db.owner.pool.query("update identity set next_try_at = now() where mailbox_id = $1 and state = 'bad'", [w.id]);
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 3", "Mail 2"]);
  expect(w.server.list("box")).toHaveLength(0);
});

test("a mail that never ends: the second cut at it makes it a bad one, others flow", async () => {
  const w = await world({ timeout_seconds: 2 }, { noFinalDot: 2, noPipelining: true });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1"]);
  // Mail 1 is known now; the cut at mail 2 comes again.
  await w.poll();
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 3"]);
}, 60_000);

test.each<[string, Pop3Rudeness, string[]]>([
  ["a final dot is missing", { noFinalDot: 2 }, ["Mail 1", "Mail 3"]],
  ["sizes are too small", { sizeLie: -60 }, ["Mail 1", "Mail 2", "Mail 3"]],
])(
  "pipelined, and %s: one by one from then on, and each mail is whole and once",
  async (_, rude, wanted) => {
    const w = await world({ timeout_seconds: 2 }, rude);
    for (const n of [1, 2, 3]) w.server.add("box", mail(n));
    for (let n = 0; n < 4; n += 1) await w.poll();
    expect((await w.subjects()).sort()).toEqual(wanted);
    for (const { body_id, prefix_length, subject } of await w.rows(
      "select m.body_id, b.prefix_length, m.subject from mail m join body b on b.id = m.body_id where m.tenant_id = $1",
    )) {
      const parts: Buffer[] = [];
      for await (const part of readBody(db.worker, w.tenant.tenantId, body_id)) parts.push(part);
      expect(Buffer.concat(parts).subarray(prefix_length).toString()).toBe(mail(subject.replace("Mail ", "")));
    }
  },
  60_000,
);

test("maxPerPoll: the rest is due at once, after others", async () => {
  const w = await world({ max_per_poll: 2 });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  await w.poll();
  expect(await w.subjects()).toHaveLength(2);
  const { rows } = await db.owner.pool.query("select due_at <= now() as due from mailbox_state where mailbox_id = $1", [
    w.id,
  ]);
  expect(rows[0].due).toBe(true);
});

test("start leaves older mail out, lists it, and collects it when a person asks", async () => {
  const w = await world({ start: "2026-11-20T00:00:00Z" });
  w.server.add("box", `Received: from x by y; Mon, 2 Nov 2026 10:00:00 +0000\r\n${mail("old")}`);
  w.server.add("box", `Received: from x by y; Sat, 21 Nov 2026 10:00:00 +0000\r\n${mail("new")}`);
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail new"]);
  expect(w.server.list("box")).toHaveLength(1);
  const { rows } = await db.owner.pool.query(
    "select headline from identity where mailbox_id = $1 and state = 'skipped'",
    [w.id],
  );
  expect(rows).toEqual([{ headline: "a@out.example: Mail old" }]);
  await db.owner.pool.query("update identity set wanted_at = now() where mailbox_id = $1", [w.id]);
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail new", "Mail old"]);
  expect(w.server.list("box")).toHaveLength(0);
});

test("settings that were saved between claim and session: the new password does not go to the old host", async () => {
  const w = await world();
  w.server.add("box", mail(1));
  const wish = { workerId: context.workerId, sites: ["main"], count: 100, perTenant: 100, leaseSeconds: 60 };
  await db.owner.pool.query("update mailbox_state set due_at = now() where mailbox_id = $1", [w.id]);
  // A claim passes over rows that another statement still holds: it is asked for until it comes.
  const claim = async () => (await claimMailboxes(context.db, wish)).find(({ mailboxId }) => mailboxId === w.id);
  const claimed = await vi.waitUntil(claim, { timeout: 10_000, interval: 100 });
  await givePassword(db, w.tenant.tenantId, w.id, "new-secret");
  await db.owner.pool.query("update mailbox set version = version + 1, host = 'new.example' where id = $1", [w.id]);
  await pollMailbox(context, claimed);
  // It signed in with what it was claimed with, the only password that this server takes; nothing of the old place is stored or deleted.
  expect(w.count("AUTH")).toBe(1);
  expect(w.server.commands).toContain("LIST");
  expect(w.count("DELE") + w.count("QUIT")).toBe(0);
  expect(await w.subjects()).toEqual([]);
  expect(await w.state()).toMatchObject({ lease_token: null, failures: 0 });
});

test("a changed source is compared by hash before anything is delivered or deleted", async () => {
  const w = await world({ after: "keep" });
  for (const n of [1, 2]) w.server.add("box", mail(n));
  await w.poll();
  w.server.rude.uidlPrefix = "moved";
  await db.owner.pool.query("update mailbox_state set recheck = true where mailbox_id = $1", [w.id]);
  await w.poll();
  expect(await w.subjects()).toHaveLength(2);
});

test("a big mail is stored in chunks as it arrives", async () => {
  const w = await world({}, {});
  const body = Buffer.concat(
    Array.from({ length: 60_000 }, (_, n) => Buffer.from(`${n} ${randomBytes(32).toString("hex")}\r\n`)),
  );
  w.server.add("box", Buffer.concat([Buffer.from(mail("big")), body]));
  await w.poll();
  expect(w.server.list("box")).toHaveLength(0);
  const { rows } = await db.owner.pool.query(
    "select b.complete, m.size, b.size as body from mail m join body b on b.id = m.body_id where m.tenant_id = $1",
    [w.tenant.tenantId],
  );
  expect(rows[0].complete).toBe(true);
  expect(rows[0].size).toBe(rows[0].body);
  expect(rows[0].size).toBeGreaterThan(4_000_000);
});

test("a refused password: shown, tried later, told after the third; a locked mailbox is no alarm", async () => {
  const w = await world({}, { signIn: "-ERR [AUTH] no" });
  for (let n = 0; n < 3; n += 1) await w.poll();
  expect(await w.state()).toMatchObject({
    last_result: "refused",
    failures: 3,
    last_reply: expect.stringContaining("no"),
  });
  const notices = async () =>
    (await db.owner.pool.query("select cause from notice where mailbox_id = $1", [w.id])).rows.map((row) => row.cause);
  expect(await notices()).toEqual(["collecting-stopped"]);
  w.server.rude.signIn = "-ERR [IN-USE] another session";
  await w.poll();
  expect(await w.state()).toMatchObject({ last_result: "busy" });
  delete w.server.rude.signIn;
  await w.poll();
  expect(await w.state()).toMatchObject({ last_result: "nothing-new", failures: 0, failing_since: null });
  expect(await notices()).toEqual(["collecting-stopped", "collecting-again"]);
});

test("a loop is held", async () => {
  const w = await world();
  const own =
    "Received: from a by ferry.provider.example (Mailferry inst-1) with POP3 id x; Tue, 24 Nov 2026 02:00:00 +0000\r\n";
  w.server.add("box", own.repeat(3) + mail("loop"));
  await w.poll();
  const { rows } = await db.owner.pool.query("select place, state, reason_kind from mail where tenant_id = $1", [
    w.tenant.tenantId,
  ]);
  expect(rows).toEqual([{ place: "held", state: "settled", reason_kind: "loop" }]);
  expect(await sumHolds(db, w.tenant.tenantId)).toBe(true);
});

test("the delay before deleting is kept", async () => {
  const w = await world();
  const slow = { ...context, env: { ...context.env, deleteDelayMinutes: 5 } };
  w.server.add("box", mail(1));
  await pollOnce(db, slow, w.id);
  expect(w.server.list("box")).toHaveLength(1);
  await db.owner.pool.query("update identity set created_at = now() - interval '6 minutes' where mailbox_id = $1", [
    w.id,
  ]);
  await pollOnce(db, slow, w.id);
  expect(w.server.list("box")).toHaveLength(0);
  expect(w.count("RETR")).toBe(1);
});

test("without a password it stops with that reason", async () => {
  const w = await world();
  await db.owner.pool.query("delete from secret where row_id = $1", [w.id]);
  await w.poll();
  expect(await w.state()).toMatchObject({ state: "stopped", reason_kind: "no-password" });
});

test("told to stop: what is here is kept, the rest comes later, and nothing in doubt is deleted", async () => {
  const w = await world({}, { noPipelining: true });
  for (const n of [1, 2, 3]) w.server.add("box", mail(n));
  const stopping = new AbortController();
  stopping.abort();
  await pollOnce(db, { ...context, stopping: stopping.signal }, w.id);
  expect(w.count("DELE")).toBe(0);
  expect(w.count("QUIT")).toBe(0);
  const { rows } = await db.owner.pool.query("select due_at <= now() as due from mailbox_state where mailbox_id = $1", [
    w.id,
  ]);
  expect(rows[0].due).toBe(true);
  await w.poll();
  expect(await w.subjects()).toHaveLength(3);
});

test("a session that lost its lease stores nothing and deletes nothing", async () => {
  const w = await world({}, { slow: 60 });
  w.server.add("box", mail(1));
  const session = w.poll();
  while (w.count("LIST") === 0) await new Promise((done) => setTimeout(done, 5));
  await db.owner.pool.query("update mailbox_state set lease_token = gen_random_uuid() where mailbox_id = $1", [w.id]);
  await session;
  expect(await w.subjects()).toEqual([]);
  expect(w.server.list("box")).toHaveLength(1);
  expect(w.count("QUIT")).toBe(0);
});

test("two bad mails of one size, no UIDL: both are set aside", async () => {
  const w = await world({}, { noUidl: true, refuseMail: 1 });
  w.server.add("box", mail(1));
  w.server.add("box", mail(2));
  await w.poll();
  w.server.rude.refuseMail = 2;
  await w.poll();
  const { rows } = await db.owner.pool.query(
    "select uid from identity where mailbox_id = $1 and state = 'bad' order by uid",
    [w.id],
  );
  expect(rows).toHaveLength(2);
  expect(await w.subjects()).toEqual(["Mail 2"]);
});
