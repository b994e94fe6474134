import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeMailbox, makeTenant, stateOf, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { claimMailboxes } from "./claim";
import { endPoll, type PollEnd } from "./poll-result-store";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const end: PollEnd = {
  result: "unreachable",
  error: "pop.example can't be reached.",
  reply: null,
  collected: 0,
  more: false,
  recheck: false,
  stop: null,
  listed: null,
  certificate: null,
  facts: {},
  leavingStands: false,
  through: false,
};

async function failFor(host: string, hours: number, result: Partial<PollEnd> = {}) {
  const { tenantId } = await makeTenant(db);
  const id = await makeMailbox(db, tenantId, { host });
  await db.owner.pool.query(
    "update mailbox_state set failing_since = now() - make_interval(hours => $2), failures = 3 where mailbox_id = $1",
    [id, hours],
  );
  const [claimed] = await claimMailboxes(db.worker, {
    workerId: randomUUID(),
    sites: ["main"],
    count: 1,
    perTenant: 1,
    leaseSeconds: 60,
  });
  if (claimed?.mailboxId !== id) throw new Error("not claimed");
  expect(await endPoll(workerScope(db, tenantId), claimed, { ...end, ...result }, claimed.claimedAt)).toBe(true);
  const notices = await db.owner.pool.query("select cause, facts from notice where mailbox_id = $1", [id]);
  return { id, notices: notices.rows, state: await stateOf(db, id) };
}

test("an hour of failing is told once, in words", async () => {
  const { notices, state } = await failFor("one.example", 1);
  expect(notices).toMatchObject([{ cause: "collecting-stopped", facts: { meaning: end.error } }]);
  expect(state.told_stopped_at).not.toBeNull();
});

test("a stop is told with its reason, and the mailbox is not due any more", async () => {
  const { notices, state } = await failFor("two.example", 0, {
    result: "error",
    stop: { kind: "renumbered", reason: "Why." },
  });
  expect(notices).toMatchObject([{ facts: { meaning: "Why." } }]);
  expect(state).toMatchObject({ state: "stopped", reason: "Why.", due_at: null });
});
