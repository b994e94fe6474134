// Which mail a connection gets when a worker ended without a word before.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClaimedLane, claimLane } from "@/domain/lane/claim";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, makeCompany, wake } from "@/test/delivering";
import { type ClaimedMail, claimMail } from "./claim";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
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
