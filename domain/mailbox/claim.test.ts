import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sqlOf } from "@/domain/scope";
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
