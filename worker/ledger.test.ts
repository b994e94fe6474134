// The ledger job as the worker does it in a round of tidy.
import { randomUUID } from "node:crypto";
import pino from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { proofOf } from "@/domain/ledger/proof";
import { makeTenant, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { flip, mailAsStored, type Stored, storeMail } from "@/test/ledger";
import type { WorkerContext } from "./room";
import { makeTidyRoom } from "./tidy";

let db: TestDatabase;
const now = new Date("2026-11-24T14:02:00Z");
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

/** As if ten minutes had passed since the last round, and retention had looked at the clock then. */
async function tidy(lastLook = now) {
  await db.owner.pool.query("update ledger_proof set due_at = now()");
  await db.owner.pool.query("update tenant set tidy_due_at = now()");
  await db.owner.pool.query("delete from retention_clock");
  await db.owner.pool.query("insert into retention_clock (seen_at) values ($1)", [lastLook]);
  await makeTidyRoom(async () => now).step({
    db: db.worker,
    workerId: randomUUID(),
    name: "ferry",
    env: { sites: ["main"] },
    log: pino({ level: "silent" }),
    clock: () => now,
    stopping: new AbortController().signal,
    // The room uses nothing else of its context.
  } as unknown as WorkerContext);
}
const openAlerts = async () =>
  (
    await db.owner.pool.query<{ cause: string }>("select cause from alert where resolved_at is null order by cause")
  ).rows.map(({ cause }) => cause);

it("proves sum and bytes of each company in each round, and tells of each company's own faults", async () => {
  const mails: Stored[] = [];
  const tenants: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    const { tenantId } = await makeTenant(db);
    tenants.push(tenantId);
    mails.push(await storeMail(db, tenantId), await storeMail(db, tenantId, { place: "badmail" }));
  }
  const [first = "", second = "", third = ""] = tenants;
  await tidy();
  for (const tenantId of tenants)
    expect(await proofOf(personScope(db, tenantId))).toMatchObject({
      sumHolds: true,
      provedAt: now,
      bodies: 2,
      allSince: now,
      wrong: 0,
    });
  expect(await openAlerts()).toEqual([]);
  const spoiled = mails[1];
  if (!spoiled) throw new Error("no mail");
  await flip(db, spoiled);
  await db.owner.pool.query("update ledger set merged = 1 where tenant_id = $1", [second]);
  const stored = await Promise.all(tenants.map((tenantId) => mailAsStored(db, tenantId)));
  await tidy();
  expect(await Promise.all(tenants.map((tenantId) => mailAsStored(db, tenantId)))).toEqual(stored);
  expect(await openAlerts()).toEqual([`bytes:${first}`, `sum:${second}`]);
  expect(await proofOf(personScope(db, third))).toMatchObject({ sumHolds: true, wrong: 0 });
  await flip(db, spoiled);
  await db.owner.pool.query("update ledger set merged = 0 where tenant_id = $1", [second]);
  await tidy();
  expect(await openAlerts()).toEqual([]);
});

it("leaves a company that is being erased alone: piece by piece nothing adds up any more", async () => {
  const { tenantId } = await makeTenant(db);
  await flip(db, await storeMail(db, tenantId));
  await db.owner.pool.query(
    "update tenant set state = 'closed', closed_at = $2::timestamptz - interval '31 days' where id = $1",
    [tenantId, now],
  );
  // Erasing waits while the clock's jump is not accepted, the job does not.
  await tidy(new Date(now.getTime() - 100 * 86_400_000));
  expect((await openAlerts()).filter((cause) => cause !== "clock")).toEqual([]);
  expect(await proofOf(personScope(db, tenantId))).toMatchObject({ provedAt: null, wrong: 0 });
});
