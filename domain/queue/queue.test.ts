// The queue page's stores on a real database: the lane's figures, what waits in its order, pausing with its audit row.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readExchange } from "@/domain/exchange/store";
import { saveExchange } from "@/domain/exchange/store-write";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Conflict, Refusal } from "@/lib/errors";
import { makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";
import { queueLane } from "./lane";
import { pauseQueue, resumeQueue } from "./run";
import { pauseQueue as pauseSchema } from "./schema";
import { waitingCounts, waitingMails } from "./waiting";

let db: TestDatabase;
let world: World;
let ours: TenantScope;
let theirs: TenantScope;
const actor = { kind: "person", personId: randomUUID(), name: "Olaf" } as const;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  world = await makeTenant(db);
  ours = mintScope(db.web, world.tenantId, actor);
  theirs = mintScope(db.web, (await makeTenant(db)).tenantId, actor);
});
afterAll(() => db.drop());

test("connections in use are those whose lease runs, and the answer that is waited for longest counts", async () => {
  const slot = (n: number, lease: string, awaited: string | null) =>
    db.owner.pool.query(
      `insert into lane_slot (tenant_id, exchange_id, n, token, worker_id, lease_until, answer_awaited_since)
       values ($1, $2, $3, gen_random_uuid(), gen_random_uuid(), now() + $4::interval, $5)`,
      [world.tenantId, world.exchangeId, n, lease, awaited],
    );
  await slot(1, "1 minute", "2026-11-24T10:00:00Z");
  await slot(2, "1 minute", "2026-11-24T09:00:00Z");
  await slot(3, "-1 minute", "2026-11-24T08:00:00Z");
  await db.owner.pool.query("update lane set cap = 3 where tenant_id = $1", [world.tenantId]);
  expect(await queueLane(ours)).toMatchObject({
    inUse: 2,
    cap: 3,
    mostConnections: 5,
    answerAwaitedSince: new Date("2026-11-24T09:00:00Z"),
    attended: false,
  });
  expect(await queueLane(theirs)).toMatchObject({ inUse: 0, answerAwaitedSince: null });
});

test("what waits comes in its order, with the words of those who wait, page by page", async () => {
  const first = await makeMail(db.worker, world, {
    to: [
      ["a@contoso.example", "waiting"],
      ["b@contoso.example", "delivered", "2.6.0 Queued"],
    ],
    mail: { collected_at: "2026-11-20T08:00:00Z" },
  });
  const second = await makeMail(db.worker, world, { mail: { state: "received", kind: "collected" } });
  await makeMail(db.worker, world, { to: [["c@contoso.example", "delivered"]] });
  const notice = await makeMail(db.worker, world, { to: [["p@contoso.example", "waiting"]], mail: { kind: "notice" } });
  const page = await waitingMails(ours, 0, 2);
  expect(page.rows.map(({ id }) => id)).toEqual([first, second]);
  expect(page.rows[0]).toMatchObject({ recipients: ["a@contoso.example"], waiting: 1, lastWords: null });
  expect((await waitingMails(ours, page.newer ?? 0, 2)).rows.map(({ id }) => id)).toEqual([notice]);
  expect(await waitingCounts(ours)).toEqual({ collected: 2, others: 1, oldestAt: new Date("2026-11-20T08:00:00Z") });
  expect((await waitingMails(theirs)).rows).toEqual([]);
  expect(await waitingCounts(theirs)).toEqual({ collected: 0, others: 0, oldestAt: null });
});

test("pausing says who and why, resuming ends it, both are in the audit log, neither works twice", async () => {
  await pauseQueue(ours, "Exchange is updated");
  expect(await queueLane(ours)).toMatchObject({ state: "paused", reason: "Olaf paused it: Exchange is updated" });
  await expect(pauseQueue(ours, "again")).rejects.toBeInstanceOf(Refusal);
  await resumeQueue(ours);
  expect(await queueLane(ours)).toMatchObject({ state: "closed", reason: null });
  await expect(resumeQueue(ours)).rejects.toBeInstanceOf(Refusal);
  const rows = await db.owner.prisma.audit.findMany({ where: { tenantId: world.tenantId }, orderBy: { id: "asc" } });
  expect(rows.map(({ action, who }) => [action, who])).toEqual([
    ["queue.pause", "Olaf"],
    ["queue.resume", "Olaf"],
  ]);
  expect(await queueLane(theirs)).toMatchObject({ state: "closed" });
});

test("an Exchange form that was opened before a pause or a resume does not turn it back", async () => {
  for (const [verb, state] of [
    [(scope: TenantScope) => pauseQueue(scope, "update"), "paused"],
    [resumeQueue, "closed"],
  ] as const) {
    const shown = await readExchange(ours);
    if (!shown) throw new Error("there is no Exchange server");
    await verb(ours);
    const late = await saveExchange(ours, { ...shown.settings, version: shown.version }).catch((error) => error);
    expect(late).toBeInstanceOf(Conflict);
    expect(late).toMatchObject({ by: "Olaf" });
    expect((await readExchange(ours))?.lane.state).toBe(state);
  }
});

test("a pause needs a reason of one line", () => {
  expect(pauseSchema.safeParse({ reason: "  " }).success).toBe(false);
  expect(pauseSchema.safeParse({ reason: "a\r\nb" }).success).toBe(false);
  expect(pauseSchema.safeParse({ reason: " update " }).data).toEqual({ reason: "update" });
});
