import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, laneOf, makeCompany } from "@/test/delivering";
import { type ClaimedLane, claimLane, releaseSlot, renewSlot } from "./claim";
import { laneAfterSettingsChange } from "./control";
import { wakeForgotten } from "./recover";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterEach(() => db.owner.pool.query("update lane set state = 'paused', due_at = null"));
afterAll(() => db.drop());

const claimant = (sites = ["main"]) => ({
  workerId: crypto.randomUUID(),
  sites,
  leaseSeconds: 60,
  uncertainSeconds: 600,
});
const one = claimant();
const two = claimant();

async function company(mails: number, exchange: Record<string, unknown> = {}, site = "main"): Promise<Company> {
  const made = await makeCompany(db, 25, exchange, site);
  for (let n = 0; n < mails; n += 1) await addMail(made);
  return made;
}
/** Everything that can be claimed now, by two workers at once. */
async function claimAll(): Promise<ClaimedLane[]> {
  const found = await Promise.all(
    [one, two].map(async (worker) => {
      const lanes: ClaimedLane[] = [];
      const skip: string[] = [];
      for (let tries = 0; tries < 60; tries += 1) {
        const lane = await claimLane(db.worker, worker, skip);
        if (lane === null && tries > 20) break;
        if (lane === null) continue;
        if ("skipped" in lane) skip.push(lane.skipped);
        else lanes.push(lane);
      }
      return lanes;
    }),
  );
  return found.flat();
}

describe("connections of a lane", () => {
  it("never exceed the cap, whoever claims", async () => {
    await company(20, { max_connections: 3 });
    expect(await claimAll()).toHaveLength(3);
  });
  it("nor the lane's own lower cap", async () => {
    const made = await company(20, { max_connections: 5 });
    await made.sql.query("update lane set cap = 2 where tenant_id = $1", [made.tenantId]);
    expect(await claimAll()).toHaveLength(2);
  });
  it("no more are opened than there is mail for", async () => {
    await company(1, { max_connections: 5 });
    expect(await claimAll()).toHaveLength(1);
  });
  it("a slot whose lease ran out is free again, and its old token renews nothing", async () => {
    const made = await company(5, { max_connections: 1 });
    const [lane] = await claimAll();
    if (!lane) throw new Error("no lane");
    await made.sql.query("update lane_slot set lease_until = now() - interval '1 s' where tenant_id = $1", [
      made.tenantId,
    ]);
    expect(await claimAll()).toHaveLength(1);
    expect(await renewSlot(db.worker, lane, [])).toBe(false);
  });
  it("tenants take turns: a backlog does not keep the others waiting", async () => {
    const big = await company(30, { max_connections: 5 });
    const small = await company(1);
    const skip: string[] = [];
    const tenants: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const lane = await claimLane(db.worker, one, skip);
      if (lane && !("skipped" in lane)) tenants.push(lane.tenantId);
    }
    expect(tenants.sort()).toEqual([big.tenantId, small.tenantId].sort());
  });
  it("of more lanes than are looked at each gets a connection before any gets a second one", async () => {
    const tenants: string[] = [];
    for (let n = 0; n < 60; n += 1) tenants.push((await company(2)).tenantId);
    const served: string[] = [];
    for (let n = 0; n < 60; n += 1) {
      const lane = await claimLane(db.worker, n % 2 ? one : two);
      if (lane && !("skipped" in lane)) served.push(lane.tenantId);
    }
    expect(served.sort()).toEqual(tenants.sort());
  });
  it("a lane that comes due is served before those that have connections", async () => {
    for (let n = 0; n < 5; n += 1) await company(5);
    for (let n = 0; n < 5; n += 1) expect(await claimLane(db.worker, one)).toMatchObject({ n: 0 });
    const fresh = await company(1);
    await fresh.sql.query("update lane set due_at = now() - interval '1 ms' where tenant_id = $1", [fresh.tenantId]);
    expect(await claimLane(db.worker, one)).toMatchObject({ tenantId: fresh.tenantId });
  });
  it("lanes that mail woke and that can't work yet stand before nobody, and are due when they can", async () => {
    const states = [
      { set: "state = 'paused'", due: "null" },
      { set: "state = 'open', next_try_at = now() + interval '5 minutes'", due: "next_try_at" },
      { set: "pace_per_minute = 1, pace_next_at = now() + interval '1 minute'", due: "pace_next_at" },
    ];
    const stopped: Company[] = [];
    for (let n = 0; n < 54; n += 1) stopped.push(await company(1));
    for (const [n, { set }] of states.entries())
      await db.owner.pool.query(`update lane set ${set} where tenant_id = any ($1::uuid[])`, [
        stopped.filter((_, at) => at % 3 === n).map(({ tenantId }) => tenantId),
      ]);
    const works = await company(1);
    await works.sql.query("update lane set due_at = now() - interval '1 ms' where tenant_id = $1", [works.tenantId]);
    expect(await claimLane(db.worker, one)).toMatchObject({ tenantId: works.tenantId });
    expect(await claimLane(db.worker, one, [works.tenantId])).toBeNull();
    const { rows } = await db.owner.pool.query(
      `select 1 from lane where tenant_id = any ($1::uuid[]) and due_at is distinct from
         case state when 'paused' then null when 'open' then next_try_at else pace_next_at end`,
      [stopped.map(({ tenantId }) => tenantId)],
    );
    expect(rows).toEqual([]);
    expect((await laneOf(stopped[0] as Company)).state).toBe("paused");
  });
  it("lanes of other sites are not ours", async () => {
    await company(1, {}, "branch");
    expect(await claimLane(db.worker, one)).toBeNull();
    expect(await claimLane(db.worker, claimant(["branch"]))).toMatchObject({ probe: false });
  });
});

it("a lane that sleeps although mail of it is due is woken, wherever it stands among others", async () => {
  const asleep = [await company(1), await company(1), await company(2)];
  const other = await company(1, {}, "branch");
  const later = await company(1);
  await later.sql.query("update mail set next_attempt_at = now() + interval '1 hour' where tenant_id = $1", [
    later.tenantId,
  ]);
  await db.owner.pool.query("update lane set due_at = null where tenant_id = any ($1::uuid[])", [
    [...asleep, other, later].map(({ tenantId }) => tenantId),
  ]);
  expect(await wakeForgotten(db.worker, ["main"])).toBe(3);
  const { rows } = await db.owner.pool.query("select tenant_id from lane where due_at is not null");
  expect(rows.map(({ tenant_id }) => tenant_id).sort()).toEqual(asleep.map(({ tenantId }) => tenantId).sort());
  expect(await wakeForgotten(db.worker, ["main"])).toBe(0);
});

describe("connections of before a change of settings", () => {
  async function changed(change: string) {
    const made = await company(5, { max_connections: 1 });
    expect(await claimAll()).toHaveLength(1);
    await made.sql.query(`update exchange set ${change} where tenant_id = $1`, [made.tenantId]);
    await laneAfterSettingsChange(made.sql, made.tenantId, made.exchangeId);
    return made;
  }
  it("don't hold up the new server, where that is another one", async () => {
    await changed("port = 2525");
    const [lane, ...more] = await claimAll();
    expect(lane).toMatchObject({ n: 1, epoch: 1 });
    expect(more).toHaveLength(0);
  });
  it("count towards the cap where it is the same one", async () => {
    await changed("helo_domain = 'ferry.example'");
    expect(await claimAll()).toHaveLength(0);
  });
});

describe("an open lane", () => {
  async function open(nextTry: string) {
    const made = await company(9);
    await made.sql.query(
      `update lane set state = 'open', reason_kind = 'unreachable', next_try_at = now() + $2::interval where tenant_id = $1`,
      [made.tenantId, nextTry],
    );
    return made;
  }
  it("is left alone before its next try", async () => {
    await open("1 minute");
    expect(await claimAll()).toHaveLength(0);
  });
  it("gets exactly one probe, and another one when that ended without a word", async () => {
    const made = await open("-1 second");
    const [lane, ...more] = await claimAll();
    expect(more).toHaveLength(0);
    expect(lane?.probe).toBe(true);
    expect((await laneOf(made)).state).toBe("half-open");
    if (lane) await releaseSlot(db.worker, lane, 600);
    await made.sql.query("update lane set due_at = now() where tenant_id = $1", [made.tenantId]);
    expect((await claimAll()).map(({ probe }) => probe)).toEqual([true]);
  });
});
