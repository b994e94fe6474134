// The next mail of a lane beside mail that waits for its next attempt: which it is, and that finding it costs the same however much is
// deferred and however much is due. Postgres' own words are read (auto_explain), and no times.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ClaimedLane, claimLane, releaseSlot } from "@/domain/lane/claim";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, makeCompany } from "@/test/delivering";
import { type Explained, openExplained } from "@/test/explained";
import { claimMail } from "./claim";
import { claimMails } from "./claim-several";

let db: TestDatabase;
let explained: Explained;
beforeAll(async () => {
  db = await testDatabase();
  explained = openExplained(db.urls.owner);
});
beforeEach(async () => {
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(async () => {
  await explained?.db.close();
  await db?.drop();
});

/** So many mails alike, in the order of their arrival; due so many seconds from now, each `step` seconds after the one before. */
async function addMany({ sql, tenantId, exchangeId }: Company, count: number, due: { at: number; step?: number }) {
  const rows = await sql.query<{ id: string }>(
    `with b as (insert into body (tenant_id, complete, size) values ($1, true, 0) returning id),
     made as (
       insert into mail (tenant_id, kind, exchange_id, body_id, size, state, next_attempt_at)
       select $1, 'collected', $2, b.id, 0, 'ready', now() + make_interval(secs => $4::float8 + n * $5::float8)
       from b cross join generate_series(0, $3::int - 1) n returning id, seq),
     people as (insert into recipient (tenant_id, mail_id, address) select $1, id, 'info@contoso.example' from made)
     select id from made order by seq`,
    [tenantId, exchangeId, count, due.at, due.step ?? 0],
  );
  await sql.query("update lane set due_at = now() - interval '1 second' where tenant_id = $1", [tenantId]);
  return rows.map(({ id }) => id);
}

async function connect(own = db.worker): Promise<ClaimedLane> {
  const claimant = { workerId: randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
  const lane = await claimLane(own, claimant);
  if (!lane || "skipped" in lane) throw new Error("no lane");
  return lane;
}

/** Of a new connection, what it has in hand one by one. */
async function claimed(most: number, lane?: ClaimedLane): Promise<string[]> {
  const own = lane ?? (await connect());
  const hand = await claimMails(db.worker, own, "w1", { most, inHand: false });
  const alone = await claimMail(db.worker, own, "w1");
  return [...hand.map(({ id }) => id), ...(typeof alone === "object" ? [alone.id] : [])];
}

const later = { at: 600 };

describe("which is the next", () => {
  it("beside a few that are deferred: in the order of arrival, whenever each came due", async () => {
    const company = await makeCompany(db, 25);
    await addMany(company, 30, later);
    const ids = await addMany(company, 100, { at: -10, step: -1 });
    await addMany(company, 33, later);
    expect(await claimed(8)).toEqual(ids.slice(0, 9));
  });
  it("beside many, and few are due: the same", async () => {
    const company = await makeCompany(db, 25);
    await addMany(company, 200, later);
    const ids = await addMany(company, 63, { at: -10, step: -1 });
    expect(await claimed(8)).toEqual(ids.slice(0, 9));
  });
  it("beside many, and many are due: new mail in the order of arrival, and what was deferred in its turn among it", async () => {
    const company = await makeCompany(db, 25);
    await addMany(company, 200, later);
    // Deferred since it came, and due again before a half of the others was.
    const [again = ""] = await addMany(company, 1, { at: -50.5 });
    const ids = await addMany(company, 100, { at: -100, step: 1 });
    const lane = await connect();
    const all: string[] = [];
    for (let n = 0; n < 13; n += 1) all.push(...(await claimed(7, lane)));
    expect(all.filter((id) => id !== again)).toEqual(ids);
    // The 64 that have been due for longest have it from the beginning.
    expect(all[0]).toBe(again);
  });
  it("what fell due behind all 64 waits until one of them is taken", async () => {
    const company = await makeCompany(db, 25);
    await addMany(company, 200, later);
    const [again = ""] = await addMany(company, 1, { at: -1 });
    const ids = await addMany(company, 70, { at: -100, step: 1 });
    expect(await claimed(5)).toEqual(ids.slice(0, 6));
    const lane = await connect();
    expect(await claimed(8, lane)).toEqual([...ids.slice(6, 14), again]);
  });
  it("goes behind those that somebody has locked, also where that is all 64", async () => {
    const company = await makeCompany(db, 25);
    await addMany(company, 200, later);
    const ids = await addMany(company, 100, { at: -100, step: 1 });
    const lane = await connect();
    const other = await db.owner.pool.connect();
    try {
      await other.query("begin");
      await other.query("select 1 from mail where id = any ($1::uuid[]) for update", [ids.slice(0, 70)]);
      expect(await claimed(3, lane)).toEqual(ids.slice(70, 74));
    } finally {
      await other.query("rollback");
      other.release();
    }
  });
  it("keeps its turn when the worker that had it falls silent", async () => {
    const company = await makeCompany(db, 25);
    await addMany(company, 200, later);
    const ids = await addMany(company, 100, { at: -100, step: 1 });
    const lane = await connect();
    const hand = await claimMails(db.worker, lane, "w1", { most: 2, inHand: false });
    expect(hand.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    await releaseSlot(db.worker, lane, 600);
    expect(await claimed(2)).toEqual(ids.slice(0, 3));
  });
});

/** Of the statements that looked for mail: the most that one went past or took of it, and its blocks. */
function mostOf(plans: string): { rows: number; blocks: number } {
  const looked = plans
    .split("Query Text: ")
    .filter((one) => /^\s*select/i.test(one) && / on mail\b/.test(one) && !one.includes(" on recipient"));
  const rows = looked.flatMap((one) =>
    [...one.matchAll(/(?:Rows Removed by Filter: | on mail\b[^\n]*actual [^\n]*rows=)(\d+)/g)].map(([, n]) =>
      Number(n),
    ),
  );
  const blocks = looked.map((one) => {
    const [, hit = "0", read = "0"] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(one) ?? [];
    return Number(hit) + Number(read);
  });
  return { rows: Math.max(0, ...rows), blocks: Math.max(0, ...blocks) };
}

describe("what it costs", () => {
  it.each([
    ["one is due", 1],
    ["many are due", 300],
  ])("beside 600 that are deferred, and %s: no more than 64 are looked at", async (_, due) => {
    const company = await makeCompany(db, 25, { max_connections: 2 });
    await addMany(company, 300, later);
    await addMany(company, due, { at: -100 });
    await addMany(company, 300, later);
    await company.sql.query("analyze mail, recipient, lane, lane_slot");
    const lane = await connect(explained.db);
    explained.plansOf("");
    // The lane again: whether anything is due, whether the next has to be carried alone, and when it is due next.
    const claimant = { workerId: lane.workerId, sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
    await claimMails(explained.db, lane, "w1", { most: 1, inHand: false });
    await claimLane(explained.db, claimant);
    await claimMail(explained.db, lane, "w1");
    await claimMail(explained.db, lane, "w1", true);
    const said = explained.plansOf("");
    expect(said).toContain("worker_due_mails");
    const { rows, blocks } = mostOf(said);
    expect(rows).toBe(64);
    expect(blocks).toBeLessThanOrEqual(300);
    await releaseSlot(explained.db, lane, 600);
  });

  it("a lane without a pace is not asked whether anything is due before it is locked", async () => {
    const company = await makeCompany(db, 25);
    await addMail(company);
    const lane = await connect(explained.db);
    explained.plansOf("");
    await claimMail(explained.db, lane, "w1");
    const plan = explained.plansOf("l.pace_per_minute is not null");
    expect(plan).toMatch(/mail_claim on mail m[^\n]*\(never executed\)/);
  });
});
