// Which mail a connection gets when a worker ended without a word before.
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type ClaimedLane, claimLane } from "@/domain/lane/claim";
import type { Sql } from "@/domain/scope";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, makeCompany, wake } from "@/test/delivering";
import { meanwhile } from "@/test/meanwhile";
import { type ClaimedMail, claimMail } from "./claim";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterEach(() => db.owner.pool.query("update lane set state = 'paused', due_at = null"));
afterAll(() => db.drop());

async function connection(company: Company): Promise<ClaimedLane> {
  await wake(company);
  const claimant = { workerId: randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
  const lane = await claimLane(db.worker, claimant);
  if (!lane || "skipped" in lane) throw new Error("no connection was free");
  return lane;
}

async function done(mail: ClaimedMail) {
  await db.owner.pool.query("update mail set state = 'settled', claims = 0 where id = $1", [mail.id]);
  await db.owner.pool.query("update lane_slot set mail_id = null where token = $1", [mail.lane.token]);
}

/** At a pace of one mail a minute. */
async function pacedCompany(): Promise<Company> {
  const company = await makeCompany(db, 1);
  await company.sql.query("update lane set pace_per_minute = 1 where tenant_id = $1", [company.tenantId]);
  return company;
}
const spent = async ({ sql, tenantId }: Company): Promise<boolean> => {
  const [lane] = await sql.query<{ spent: boolean | null }>(
    "select pace_next_at > now() + interval '30 seconds' as spent from lane where tenant_id = $1",
    [tenantId],
  );
  return lane?.spent === true;
};

it("spends an interval of a paced lane on a mail that was taken, and on nothing else", async () => {
  const company = await pacedCompany();
  const first = await addMail(company);
  const lane = await connection(company);
  // Somebody else has the only mail for a moment.
  const other = await db.owner.pool.connect();
  await other.query("begin");
  await other.query("select 1 from mail where id = $1 for update", [first]);
  expect(await claimMail(db.worker, lane, "w")).toBe("none");
  await other.query("rollback");
  other.release();
  expect(await spent(company)).toBe(false);
  // Its recipient may not be tried yet.
  await company.sql.query(
    "update recipient set not_before = now() + interval '1 hour', reason_kind = 'greylisted' where tenant_id = $1",
    [company.tenantId],
  );
  const second = await addMail(company, { to: ["b@contoso.example"] });
  const mail = await claimMail(db.worker, lane, "w");
  if (typeof mail === "string") throw new Error(`no mail: ${mail}`);
  expect(mail.id).toBe(second);
  expect(await spent(company)).toBe(true);
  await done(mail);
  await addMail(company);
  expect(await claimMail(db.worker, lane, "w")).toBe("none");
});

it("two connections of a paced lane at once take one mail together", async () => {
  const company = await pacedCompany();
  for (let n = 0; n < 3; n += 1) await addMail(company);
  const lanes = [await connection(company), await connection(company)];
  const claimed = await Promise.all(lanes.map((lane) => claimMail(db.worker, lane, "w")));
  expect(claimed.filter((mail) => typeof mail !== "string")).toHaveLength(1);
});

it("takes nothing where the lane was paused while it waited for it", async () => {
  const company = await pacedCompany();
  const id = await addMail(company);
  const lane = await connection(company);
  const other = await db.owner.pool.connect();
  try {
    await other.query("begin");
    await other.query("update lane set state = 'paused' where tenant_id = $1", [company.tenantId]);
    const claim = claimMail(db.worker, lane, "w");
    await expect
      .poll(
        async () =>
          (await other.query("select 1 from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))"))
            .rowCount,
      )
      .toBeGreaterThan(0);
    await other.query("commit");
    expect(await claim).not.toHaveProperty("id");
  } finally {
    other.release();
  }
  expect(await company.sql.query("select state from mail where id = $1", [id])).toEqual([{ state: "ready" }]);
});

it("carries a mail beside which a worker ended alone, and the others before and after it", async () => {
  const company = await makeCompany(db, 1);
  const first = await addMail(company);
  const suspect = await addMail(company, { columns: { claims: 1 } });
  const last = await addMail(company);
  const [a, b] = [await connection(company), await connection(company)];
  const next = async (lane: ClaimedLane) => {
    const mail = await claimMail(db.worker, lane, "w");
    return typeof mail === "string" ? mail : { id: mail.id, end: () => done(mail) };
  };
  const one = await next(a);
  expect(one).toMatchObject({ id: first });
  expect(await next(b)).toBe("none");
  // Nor is another connection opened that would find nothing to do; once the dot is on its way the next may go.
  await wake(company);
  const claimant = { workerId: randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
  expect(await claimLane(db.worker, claimant)).toMatchObject({ skipped: company.tenantId });
  if (typeof one !== "string") await one.end();
  const two = await next(b);
  expect(two).toMatchObject({ id: suspect });
  expect(await next(a)).toBe("none");
  if (typeof two !== "string") await two.end();
  expect(await next(a)).toMatchObject({ id: last });
});

it("brings the bytes of a small mail along, and of no other", async () => {
  const company = await makeCompany(db, 1);
  const hello = await addMail(company, { body: "Hello." });
  const lane = await connection(company);
  const bytesOf = async (id: string) => {
    const mail = await claimMail(db.worker, lane, "w");
    if (typeof mail === "string") throw new Error(mail);
    expect(mail.id).toBe(id);
    await done(mail);
    return mail.bytes;
  };
  const small = await bytesOf(hello);
  expect(small?.toString()).toMatch(/^From: .*\r\nSubject: Hello\r\n\r\nHello\.\r\n$/s);
  expect(await bytesOf(await addMail(company, { body: "x".repeat(40_000) }))).toBeNull();
  const erased = await addMail(company);
  await company.sql.query("update body set erased_at = now() where id = (select body_id from mail where id = $1)", [
    erased,
  ]);
  expect(await bytesOf(erased)).toBeNull();
});

it("takes nothing through a slot that went while it looked", async () => {
  const company = await makeCompany(db, 1);
  const id = await addMail(company);
  const lane = await connection(company);
  const slotGoes = (sql: Sql) => sql.query("delete from lane_slot where token = $1", [lane.token]);
  expect(await meanwhile(db, slotGoes, () => claimMail(db.worker, lane, "w"))).toBe("gone");
  expect(await company.sql.query("select state, attempts, claims from mail where id = $1", [id])).toEqual([
    { state: "ready", attempts: 0, claims: 0 },
  ]);
});
