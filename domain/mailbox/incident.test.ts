import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { beginSession } from "@/domain/person/session";
import { mintScope } from "@/domain/scope-mint";
import { makeMailbox, makeTenant, stateOf, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { claimMailboxes, unclaim } from "./claim";
import { endEmptyIncidents } from "./incident";
import { openIncidents, troubledHosts } from "./incident-seen";
import type { PollResult } from "./poll-result";
import { endPoll, type PollEnd } from "./poll-result-store";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

interface Box {
  id: string;
  tenantId: string;
}

/** Mailboxes of as many tenants at one host. */
async function boxesAt(host: string, count: number): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let n = 0; n < count; n += 1) {
    const { tenantId } = await makeTenant(db);
    boxes.push({ tenantId, id: await makeMailbox(db, tenantId, { host }) });
  }
  return boxes;
}

async function dueNow(boxes: Box[]): Promise<string[]> {
  const { rows } = await db.owner.pool.query<{ id: string }>(
    "select mailbox_id as id from mailbox_state where due_at <= now() + interval '1 second' and mailbox_id = any ($1::uuid[])",
    [boxes.map(({ id }) => id)],
  );
  return rows.map(({ id }) => id);
}
const wish = { workerId: randomUUID(), sites: ["main"], count: 100, perTenant: 100, leaseSeconds: 60 };

/** One session that comes to this; `failingHours`: it has failed for so long already. */
async function poll({ id, tenantId }: Box, result: PollResult, failingHours = 0): Promise<void> {
  await db.owner.pool.query("update mailbox_state set due_at = now() - interval '1 second' where mailbox_id = $1", [
    id,
  ]);
  if (failingHours > 0)
    await db.owner.pool.query(
      "update mailbox_state set failing_since = now() - make_interval(hours => $2), failures = 9, last_result = 'refused' where mailbox_id = $1",
      [id, failingHours],
    );
  const claimed = await claimMailboxes(db.worker, wish);
  for (const one of claimed) if (one.mailboxId !== id) await unclaim(db.worker, one);
  const mine = claimed.find((one) => one.mailboxId === id);
  if (!mine) throw new Error("not claimed");
  const end: PollEnd = {
    result,
    error: result === "ok" ? null : "pop.example refused the user name or password.",
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
  expect(await endPoll(workerScope(db, tenantId), mine, end, mine.claimedAt)).toBe(true);
}

const alerts = async (host: string) =>
  (
    await db.owner.pool.query<{ kind: string; open: boolean }>(
      "select kind, resolved_at is null as open from alert where cause = $1 order by raised_at",
      [`provider:${host}`],
    )
  ).rows;
const notices = async (boxes: Box[]) =>
  (await db.owner.pool.query("select 1 from notice where mailbox_id = any ($1::uuid[])", [boxes.map(({ id }) => id)]))
    .rowCount;
/** Minutes until each is due, rounded. */
const waits = async (boxes: Box[]) => {
  const states = await Promise.all(boxes.map(({ id }) => stateOf(db, id)));
  const now = (await db.owner.pool.query<{ now: Date }>("select now()")).rows[0]?.now.getTime() ?? 0;
  return states.map(({ due_at }) => Math.round((due_at.getTime() - now) / 60_000));
};

test("five tenants at one host: one incident, no notices, and they take turns to sign in", async () => {
  const boxes = await boxesAt("one.example", 6);
  for (const box of boxes.slice(0, 4)) await poll(box, "refused");
  expect(await alerts("one.example")).toEqual([]);
  expect(await waits(boxes.slice(0, 4))).toEqual([5, 5, 5, 5]);
  await poll(boxes[4] as Box, "refused", 2);
  expect(await alerts("one.example")).toEqual([{ kind: "provider", open: true }]);
  // One every five minutes, where each would have tried by itself.
  expect((await waits(boxes.slice(0, 5))).sort((a, b) => a - b)).toEqual([5, 10, 15, 20, 25]);
  // A mailbox that worked so far finds out by itself, and then waits behind the others.
  await poll(boxes[5] as Box, "unreachable");
  expect((await waits(boxes))[5]).toBe(30);
  expect(await alerts("one.example")).toHaveLength(1);
  expect(await notices(boxes)).toBe(0);
  expect((await stateOf(db, boxes[4]?.id ?? "")).told_stopped_at).toBeNull();
});

test("the probe works again: the incident is over, and all are due at once", async () => {
  const boxes = await boxesAt("two.example", 5);
  for (const box of boxes) await poll(box, "unreachable");
  expect(await dueNow(boxes)).toEqual([]);
  const [probe] = boxes;
  await poll(probe as Box, "ok");
  expect(await alerts("two.example")).toEqual([{ kind: "provider", open: false }]);
  expect((await dueNow(boxes)).sort()).toEqual(
    boxes
      .slice(1)
      .map(({ id }) => id)
      .sort(),
  );
  // What failed before it was over does not make the next incident.
  await poll(boxes[1] as Box, "refused");
  expect(await alerts("two.example")).toHaveLength(1);
});

test("after an hour each is its own trouble again, and is told", async () => {
  const boxes = await boxesAt("three.example", 5);
  for (const box of boxes) await poll(box, "refused");
  await db.owner.pool.query("update alert set raised_at = now() - interval '61 minutes' where cause = $1", [
    "provider:three.example",
  ]);
  await poll(boxes[0] as Box, "refused", 1);
  expect(await notices(boxes)).toBe(1);
  expect((await waits(boxes))[0]).toBe(60);
});

test("nobody waits longer than that hour, however many fail", async () => {
  const boxes = await boxesAt("four.example", 16);
  for (const box of boxes) await poll(box, "refused");
  expect(Math.max(...(await waits(boxes)))).toBeLessThanOrEqual(60);
});

test("locks are no incident, nor are five mailboxes of one tenant, nor failures of ten minutes ago", async () => {
  const locked = await boxesAt("five.example", 5);
  for (const box of locked) await poll(box, "busy");
  const [first] = await boxesAt("five.example", 1);
  const { tenantId } = first as Box;
  for (let n = 0; n < 5; n += 1)
    await poll({ tenantId, id: await makeMailbox(db, tenantId, { host: "five.example" }) }, "refused");
  const old = await boxesAt("six.example", 5);
  for (const box of old.slice(0, 4)) await poll(box, "refused");
  await db.owner.pool.query(
    "update mailbox_state set last_poll_at = now() - interval '11 minutes' where mailbox_id = any ($1::uuid[])",
    [old.map(({ id }) => id)],
  );
  await poll(old[4] as Box, "refused");
  expect([...(await alerts("five.example")), ...(await alerts("six.example"))]).toEqual([]);
});

const seenBy = (tenantId: string) =>
  troubledHosts(mintScope(db.web, tenantId, { kind: "command", name: "Tester" })).then((hosts) => [...hosts.keys()]);

test("the platform's people see who fails and whose turn is next; a tenant that it is not alone, and no other host", async () => {
  const boxes = await boxesAt("seven.example", 5);
  for (const box of boxes) await poll(box, "refused");
  const [calm] = await boxesAt("seven.example", 1);
  const [elsewhere] = await boxesAt("eight.example", 1);
  const session = async (email: string, role: string | null) => {
    const { id } = await db.owner.prisma.person.create({ data: { email, platformRole: role } });
    return beginSession(db.web, id, { address: "192.0.2.1", agent: "" }, new Date());
  };
  const viewer = await session("viewer@provider.example", "viewer");
  const stranger = await session("stranger@elsewhere.example", null);
  const [incident] = (await openIncidents(db.web, viewer)).filter(({ host }) => host === "seven.example");
  expect(incident).toMatchObject({ tenants: 5, mailboxes: 5 });
  const due = await Promise.all(boxes.map(({ id }) => stateOf(db, id)));
  expect(incident?.nextSignIn?.getTime()).toBe(Math.min(...due.map(({ due_at }) => due_at.getTime())));
  expect(await openIncidents(db.web, stranger)).toEqual([]);
  expect(await seenBy(boxes[2]?.tenantId ?? "")).toEqual(["seven.example"]);
  expect(await seenBy(calm?.tenantId ?? "")).toEqual([]);
  expect(await seenBy(elsewhere?.tenantId ?? "")).toEqual([]);
  await poll(boxes[0] as Box, "ok");
  expect(await openIncidents(db.web, viewer)).not.toContainEqual(expect.objectContaining({ host: "seven.example" }));
  expect(await seenBy(boxes[2]?.tenantId ?? "")).toEqual([]);
});

test("where somebody's mailbox works, who fails has a fault of its own; before the incident counts for nothing", async () => {
  const boxes = await boxesAt("ten.example", 7);
  const [first, early, late] = [boxes[0] as Box, boxes[5] as Box, boxes[6] as Box];
  await poll(early, "nothing-new");
  for (const box of boxes.slice(0, 5)) await poll(box, "refused");
  expect(await seenBy(first.tenantId)).toEqual(["ten.example"]);
  // Working so far, it ends nothing: those that failed still fail.
  await poll(late, "ok");
  expect(await alerts("ten.example")).toEqual([{ kind: "provider", open: true }]);
  expect(await seenBy(first.tenantId)).toEqual([]);
  // Also when it fails later.
  await poll(late, "unreachable");
  expect(await seenBy(late.tenantId)).toEqual([]);
});

test("a mailbox worked when a session came to an end with what is saved now, and stays so while it fails", async () => {
  const [box] = (await boxesAt("eleven.example", 1)) as [Box];
  const workedAt = async () => (await stateOf(db, box.id)).worked_at;
  await poll(box, "refused");
  expect(await workedAt()).toBeNull();
  await poll(box, "partial");
  const at = await workedAt();
  expect(at).toBeInstanceOf(Date);
  await poll(box, "refused");
  expect(await workedAt()).toEqual(at);
});

test("an incident is over too where nobody is left who fails there", async () => {
  const boxes = await boxesAt("nine.example", 5);
  for (const box of boxes) await poll(box, "refused");
  const pause = (some: Box[]) =>
    db.owner.pool.query("update mailbox_state set state = 'paused' where mailbox_id = any ($1::uuid[])", [
      some.map(({ id }) => id),
    ]);
  await pause(boxes.slice(0, 4));
  await endEmptyIncidents(db.worker);
  expect(await alerts("nine.example")).toEqual([{ kind: "provider", open: true }]);
  await pause(boxes.slice(4));
  await endEmptyIncidents(db.worker);
  expect(await alerts("nine.example")).toEqual([{ kind: "provider", open: false }]);
});
