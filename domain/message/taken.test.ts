// The everyday outcome is written by a function of the database, every other by outcome.ts: what they leave is the same.
import { afterAll, beforeAll, expect, it } from "vitest";
import { claimLane } from "@/domain/lane/claim";
import { accepted, policy } from "@/test/accepted";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, makeCompany } from "@/test/delivering";
import { claimMail } from "./claim";
import { markDotPending } from "./dot-pending";
import { commitOutcome } from "./outcome";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const words = `2.6.0 Queued \u0000\ud83d ${"x".repeat(5000)}`;

/** What its rows say after it was taken, but for ids and times; of times only whether there is one. */
async function rowsAfter(calm: boolean): Promise<unknown> {
  const company = await makeCompany(db, 25);
  const id = await addMail(company, {
    to: ["b@contoso.example", "a@contoso.example"],
    columns: {
      reason_kind: "cut",
      reason: "it broke off",
      attempts: 2,
      claims: 1,
      uncertain_count: 1,
      possible_copies: 1,
    },
  });
  await company.sql.query(
    "update recipient set reason_kind = 'cut', reason = 'it broke off', reply_class = 'temporary', reply_rule = 'x' where mail_id = $1",
    [id],
  );
  const claimant = { workerId: crypto.randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
  const lane = await claimLane(db.worker, claimant);
  if (!lane || "skipped" in lane) throw new Error("no lane");
  const mail = await claimMail(db.worker, lane, "w1");
  if (typeof mail === "string") throw new Error(mail);
  await markDotPending(db.worker, mail);
  await company.sql.query("update lane set last_accepted_at = now() - make_interval(secs => $2) where tenant_id = $1", [
    company.tenantId,
    calm ? -60 : 60,
  ]);
  const acceptedAt = async (): Promise<string> => {
    const lanes = await company.sql.query<{ at: string }>(
      "select last_accepted_at::text as at from lane where tenant_id = $1",
      [company.tenantId],
    );
    return lanes[0]?.at ?? "";
  };
  const before = await acceptedAt();
  const outcome = accepted(mail, words, [{ kind: "sent", text: `DATA\u0000 ${"y".repeat(600)}` }]);
  expect(await commitOutcome(db.worker, mail, outcome, policy)).toBe(true);
  // Only the other way moves the lane.
  expect((await acceptedAt()) === before).toBe(calm);
  const all = async (table: string, order: string) =>
    (
      await db.owner.pool.query(`select * from ${table} where tenant_id = $1 order by ${order}`, [company.tenantId])
    ).rows.map(plain);
  return {
    mail: await all("mail", "seq"),
    recipients: await all("recipient", "address"),
    attempts: await all("attempt", "number"),
    events: await all("mail_event", "id"),
    notices: await all("notice", "id"),
    slots: await all("lane_slot", "n"),
  };
}

const plain = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([key]) => !/(^|_)(id|seq|token)$/.test(key))
      .map(([key, value]) => [key, value instanceof Date ? "a time" : value]),
  );

it("a mail that is taken whole leaves the same rows, whichever of the two wrote it", async () => {
  const slow = await rowsAfter(false);
  expect(slow).toMatchObject({ mail: [{ place: "delivered", state: "settled" }] });
  expect(await rowsAfter(true)).toEqual(slow);
});
