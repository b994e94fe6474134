import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { sqlOf, sqlTransaction } from "@/domain/scope";
import { makeMailbox, makeTenant, stateOf } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { claimMailboxes, LeaseLost, type Release, releaseMailbox, renewLease } from "./claim";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(() => db.owner.pool.query("delete from tenant"));

const claim = (wish: Partial<Parameters<typeof claimMailboxes>[1]> = {}) =>
  claimMailboxes(db.worker, {
    workerId: randomUUID(),
    sites: ["main"],
    count: 20,
    perTenant: 20,
    leaseSeconds: 60,
    ...wish,
  });
const release: Release = {
  result: "ok",
  error: null,
  reply: null,
  collected: 0,
  dueInSeconds: 300,
  failures: 0,
  failingSince: null,
  toldStoppedAt: null,
  recheck: false,
  stop: null,
  listed: null,
  certificate: null,
  facts: {},
  leavingStands: false,
  through: false,
};

test("many workers at once: each mailbox is claimed by exactly one", async () => {
  const { tenantId } = await makeTenant(db);
  const ids = await Promise.all(Array.from({ length: 30 }, () => makeMailbox(db, tenantId)));
  const claims = (await Promise.all(Array.from({ length: 8 }, () => claim({ count: 30, perTenant: 50 })))).flat();
  expect(claims.map((one) => one.mailboxId).sort()).toEqual(ids.sort());
});

test("tenants in turn, and never more than its share for one", async () => {
  const big = await makeTenant(db);
  for (let n = 0; n < 10; n += 1) await makeMailbox(db, big.tenantId);
  const small = await makeTenant(db);
  const id = await makeMailbox(db, small.tenantId);
  const first = await claim({ count: 2 });
  expect(first.map((one) => one.mailboxId)).toContain(id);
  const more = await claim({ perTenant: 3 });
  expect(more).toHaveLength(2);
});

test.each([
  ["a paused mailbox", "update mailbox_state set state = 'paused'"],
  ["a stopped mailbox", "update mailbox_state set state = 'stopped'"],
  ["a closed tenant", "update tenant set state = 'closed'"],
  ["another site", "update mailbox_state set site = 'elsewhere'"],
  ["what is not due", "update mailbox_state set due_at = now() + interval '1 minute'"],
])("%s is not claimed", async (_name, change) => {
  const { tenantId } = await makeTenant(db);
  await makeMailbox(db, tenantId);
  await db.owner.pool.query(change);
  expect(await claim()).toEqual([]);
});

test("a crash: the lease runs out, another worker has it, and the first one can write nothing", async () => {
  const { tenantId } = await makeTenant(db);
  const id = await makeMailbox(db, tenantId);
  const [first] = await claim();
  expect(await claim()).toEqual([]);
  await db.owner.pool.query("update mailbox_state set lease_until = now() - interval '1 second'");
  const [second] = await claim();
  if (!first || !second) throw new Error("not claimed");
  await expect(renewLease(sqlOf(db.worker.pool), first, 60)).rejects.toThrow(LeaseLost);
  expect(await releaseMailbox(sqlOf(db.worker.pool), first, { ...release, result: "error" })).toBe(false);
  expect(await releaseMailbox(sqlOf(db.worker.pool), second, release)).toBe(true);
  expect(await stateOf(db, id)).toMatchObject({ last_result: "ok", lease_token: null });
});

test("what a person did during the session stands: a pause, Collect now", async () => {
  const { tenantId } = await makeTenant(db);
  const id = await makeMailbox(db, tenantId);
  const [one] = await claim();
  await db.owner.pool.query("update mailbox_state set state = 'paused', due_at = null");
  if (one) await releaseMailbox(sqlOf(db.worker.pool), one, release);
  expect(await stateOf(db, id)).toMatchObject({ state: "paused", due_at: null });
  await db.owner.pool.query("update mailbox_state set state = 'active', due_at = now() - interval '1 minute'");
  const [again] = await claim();
  await db.owner.pool.query("update mailbox_state set due_at = now()");
  if (again) await releaseMailbox(sqlOf(db.worker.pool), again, release);
  expect(await claim()).toHaveLength(1);
});

test("the last good look stays while later ones fail", async () => {
  const { tenantId } = await makeTenant(db);
  const id = await makeMailbox(db, tenantId);
  const once = async (result: "ok" | "refused") => {
    await db.owner.pool.query("update mailbox_state set due_at = now() where mailbox_id = $1", [id]);
    const [claimed] = await claim();
    if (claimed) await releaseMailbox(sqlOf(db.worker.pool), claimed, { ...release, result });
    return (await stateOf(db, id)).good_poll_at;
  };
  expect(await once("refused")).toBeNull();
  const good = await once("ok");
  expect(good).toBeInstanceOf(Date);
  expect(await once("refused")).toEqual(good);
});

test("saved while its session ran: neither the comparing nor the failures of before are written over the save", async () => {
  const { tenantId } = await makeTenant(db);
  const id = await makeMailbox(db, tenantId);
  const { pool } = db.owner;
  await pool.query("update mailbox_state set failures = 2, failing_since = now() where mailbox_id = $1", [id]);
  const [one] = await claim();
  if (!one) throw new Error("not claimed");
  await pool.query("update mailbox set host = 'new.example', version = version + 1 where id = $1", [id]);
  await pool.query(
    "update mailbox_state set recheck = true, failures = 0, failing_since = null, due_at = now() where mailbox_id = $1",
    [id],
  );
  const failed = {
    failures: 3,
    failingSince: new Date(),
    error: "refused",
    stop: { kind: "no-password", reason: "No." },
  };
  expect(await releaseMailbox(sqlOf(db.worker.pool), one, { ...release, ...failed, result: "refused" })).toBe(true);
  expect(await stateOf(db, id)).toMatchObject({
    recheck: true,
    failures: 0,
    failing_since: null,
    last_error: null,
    state: "active",
    lease_token: null,
  });
  expect((await claim()).map(({ mailboxId }) => mailboxId)).toEqual([id]);
});

test("a save that is under way is waited for, and what it writes stands", async () => {
  const { tenantId } = await makeTenant(db);
  const id = await makeMailbox(db, tenantId);
  const [one] = await claim();
  if (!one) throw new Error("not claimed");
  const save = await db.owner.pool.connect();
  await save.query("begin");
  await save.query("update mailbox set host = 'new.example', version = version + 1 where id = $1", [id]);
  await save.query("update mailbox_state set recheck = true where mailbox_id = $1", [id]);
  const released = sqlTransaction(db.worker.pool, (sql) => releaseMailbox(sql, one, release));
  const waits = async () =>
    (
      await db.owner.pool.query(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%worker_release_mailbox%'",
      )
    ).rowCount;
  await vi.waitUntil(waits, { timeout: 10_000 });
  await save.query("commit");
  save.release();
  expect(await released).toBe(true);
  expect(await stateOf(db, id)).toMatchObject({ recheck: true });
});

/** Of one tenant, and due longer than all else. */
const manyDue = (tenantId: string, count: number) =>
  db.owner.pool.query(
    `with m as (insert into mailbox (tenant_id, name, protocol, host, port, username, recipient_mode)
       select $1, 'M' || n, 'pop3', 'pop.example', 995, 'u' || n, 'single' from generate_series(1, $2::int) n returning tenant_id, id)
     insert into mailbox_state (tenant_id, mailbox_id, due_at) select tenant_id, id, now() - interval '1 hour' from m`,
    [tenantId, count],
  );

test("a tenant that has its share, and more that is due than is looked at, is in nobody's way", async () => {
  const big = await makeTenant(db);
  await manyDue(big.tenantId, 1100);
  expect(await claim({ perTenant: 3 })).toHaveLength(3);
  const small = await makeTenant(db);
  const id = await makeMailbox(db, small.tenantId);
  expect((await claim({ perTenant: 3 })).map((one) => one.mailboxId)).toEqual([id]);
});

test("tenants behind one with more that is due than is looked at are claimed with it", async () => {
  const big = await makeTenant(db);
  await manyDue(big.tenantId, 2000);
  const others: string[] = [];
  for (let n = 0; n < 30; n += 1) others.push((await makeTenant(db)).tenantId);
  for (const tenantId of others) await makeMailbox(db, tenantId);
  const claimed = await claim({ count: 35, perTenant: 5 });
  expect(new Set(claimed.map((one) => one.tenantId))).toEqual(new Set([big.tenantId, ...others]));
  expect(claimed).toHaveLength(35);
  expect(new Set(claimed.map((one) => one.mailboxId)).size).toBe(35);
  // Each was the oldest of its own tenant, so nobody has a second one before all have a first.
  await db.owner.pool.query("update mailbox_state set lease_token = null, lease_until = null");
  const first = await claim({ count: 31, perTenant: 5 });
  expect(new Set(first.map((one) => one.tenantId)).size).toBe(31);
});

test("what is asked of tenants is only what may be claimed", async () => {
  const big = await makeTenant(db);
  await manyDue(big.tenantId, 600);
  const busy = await makeTenant(db);
  for (let n = 0; n < 3; n += 1) await makeMailbox(db, busy.tenantId);
  for (const change of [
    "update mailbox_state set state = 'paused' where tenant_id = $1",
    "update tenant set state = 'closed' where id = $1",
    "update mailbox_state set due_at = now() + interval '1 minute' where tenant_id = $1",
    "update mailbox_state set lease_until = now() + interval '1 minute', lease_token = gen_random_uuid() where tenant_id = $1",
    "update mailbox_state set site = 'elsewhere' where tenant_id = $1",
  ]) {
    const { tenantId } = await makeTenant(db);
    await makeMailbox(db, tenantId);
    await db.owner.pool.query(change, [tenantId]);
  }
  // One that is being collected is not asked for; the next of that tenant is.
  await db.owner.pool.query(
    `update mailbox_state set lease_until = now() + interval '1 minute', lease_token = gen_random_uuid(), due_at = now() - interval '2 minutes'
     where (tenant_id, mailbox_id) = (select tenant_id, mailbox_id from mailbox_state where tenant_id = $1 limit 1)`,
    [busy.tenantId],
  );
  const claimed = await claim({ count: 40, perTenant: 2 });
  expect(claimed.map((one) => one.tenantId).sort()).toEqual([big.tenantId, big.tenantId, busy.tenantId].sort());
});

test("of several sites the one that waits longest is first", async () => {
  const { tenantId } = await makeTenant(db);
  const here = await makeMailbox(db, tenantId);
  const there = await makeMailbox(db, tenantId);
  await db.owner.pool.query(
    "update mailbox_state set site = 'elsewhere', due_at = now() - interval '1 hour' where mailbox_id = $1",
    [there],
  );
  const sites = ["main", "elsewhere"];
  expect((await claim({ sites, count: 1 })).map((one) => one.mailboxId)).toEqual([there]);
  expect((await claim({ sites })).map((one) => one.mailboxId)).toEqual([here]);
});
