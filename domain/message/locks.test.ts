// Who waits for whom: transactions that touch a lane, its mails and their slots lock them in this order, and where two still
// meet the other way round, the one that Postgres ends is done again.
import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ClaimedLane, claimLane, renewSlot } from "@/domain/lane/claim";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, mailOf, makeCompany, until } from "@/test/delivering";
import { type ClaimedMail, claimMail, StaleLease } from "./claim";
import { decide } from "./decide";
import { markDotPending } from "./dot-pending";
import { commitOutcome, type MailOutcome, type OutcomePolicy, type RecipientOutcome } from "./outcome";

let db: TestDatabase;
let other: pg.PoolClient;
beforeAll(async () => {
  db = await testDatabase();
  other = await db.owner.pool.connect();
  // Of two that wait for each other it is never this one that Postgres ends, however slow the machine is.
  await other.query("set deadlock_timeout = '1min'");
});
afterEach(async () => {
  await other.query("rollback");
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(async () => {
  other.release();
  await db.drop();
});

const claimant = { workerId: crypto.randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
const policy: OutcomePolicy = {
  retryMinutes: 1,
  giveUpAfterHours: 120,
  uncertain: "resend",
  uncertainSeconds: 600,
  notify: { spam: true, unknownRecipient: true, badmail: true, collecting: true },
};

async function claimed(
  to = ["a@contoso.example"],
): Promise<{ company: Company; lane: ClaimedLane; mail: ClaimedMail }> {
  const company = await makeCompany(db, 25);
  await addMail(company, { to });
  const lane = await claimLane(db.worker, claimant);
  if (!lane || "skipped" in lane) throw new Error("no lane");
  const mail = await claimMail(db.worker, lane, "w1");
  if (typeof mail === "string") throw new Error(mail);
  // Calm: mail was taken a moment ago, and nothing is held against the server.
  await company.sql.query("update lane set last_accepted_at = now() where tenant_id = $1", [company.tenantId]);
  return { company, lane, mail };
}
const waits = () =>
  until(
    async () =>
      (
        await db.owner.pool.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
      ).rowCount,
    (n) => n === 1,
  );
const lockLane = (tenantId: string) => other.query("select 1 from lane where tenant_id = $1 for update", [tenantId]);
const lockMail = (mail: ClaimedMail, how = "") =>
  other.query(`select 1 from mail where tenant_id = $1 and id = $2 for update ${how}`, [mail.lane.tenantId, mail.id]);
const lockSlot = ({ tenantId, token }: ClaimedLane, how = "") =>
  other.query(`select 1 from lane_slot where tenant_id = $1 and token = $2 for update ${how}`, [tenantId, token]);

const became = (
  mail: ClaimedMail,
  attempt: MailOutcome["attempt"],
  places: RecipientOutcome["place"][],
): MailOutcome => ({
  attempt,
  charged: true,
  stage: "dot",
  reply: null,
  words: "",
  recipients: mail.recipients.map(({ id, address }, n) => ({
    id,
    address,
    place: places[n] ?? "waiting",
    wait: "retry",
    verdict: null,
    stage: null,
    reply: null,
    reasonKind: null,
    reason: null,
  })),
  oneByOne: false,
  event: attempt === "uncertain" ? null : { kind: "accepted" },
  server: "",
  tls: "",
  conversation: [],
});

describe("in order", () => {
  it("a lease is renewed at the mail before the slot", async () => {
    const { lane, mail } = await claimed();
    await other.query("begin");
    await lockMail(mail);
    const renewed = renewSlot(db.worker, lane, [mail.token]);
    await waits();
    await lockSlot(lane, "nowait");
    await other.query("commit");
    expect(await renewed).toBe(true);
  });
  it.each<[string, MailOutcome["attempt"], RecipientOutcome["place"][]]>([
    ["taken for some", "partly", ["delivered", "waiting"]],
    ["without an answer, because the worker stops", "uncertain", ["waiting", "waiting"]],
  ])("a mail %s waits for the lane before it takes the mail", async (_, attempt, places) => {
    const { company, mail } = await claimed(["a@contoso.example", "b@contoso.example"]);
    await markDotPending(db.worker, mail);
    await other.query("begin");
    await lockLane(company.tenantId);
    const committed = commitOutcome(db.worker, mail, became(mail, attempt, places), policy);
    await waits();
    await lockMail(mail, "nowait");
    await other.query("commit");
    expect(await committed).toBe(true);
    expect((await mailOf(company, mail.id)).place).toBe("waiting");
  });
  it("two mails for a domain that is relayed again don't wait for each other's recipients", async () => {
    const { company, mail } = await claimed();
    const relayed = { ...mail, recipients: mail.recipients.map((one) => ({ ...one, reasonKind: "relay" })) };
    await markDotPending(db.worker, mail);
    await other.query("begin");
    await lockLane(company.tenantId);
    const committed = commitOutcome(db.worker, relayed, became(mail, "accepted", ["delivered"]), policy);
    await waits();
    await other.query("select 1 from recipient where tenant_id = $1 for update nowait", [company.tenantId]);
    await other.query("commit");
    expect(await committed).toBe(true);
  });
  it("a mail that is taken whole by a calm lane waits for nobody", async () => {
    const { company, mail } = await claimed();
    await markDotPending(db.worker, mail);
    await other.query("begin");
    await lockLane(company.tenantId);
    expect(await commitOutcome(db.worker, mail, became(mail, "accepted", ["delivered"]), policy)).toBe(true);
  });
});

describe("together", () => {
  it("a mail that somebody has at hand falls out of the round, and holds up nobody else's mark and outcome", async () => {
    const held = await claimed();
    const free = await claimed();
    await other.query("begin");
    await lockMail(held.mail);
    const marked = markDotPending(db.worker, held.mail);
    await markDotPending(db.worker, free.mail);
    await waits();
    await other.query("commit");
    await marked;
    await other.query("begin");
    await lockMail(held.mail);
    const outcome = (mail: ClaimedMail) =>
      commitOutcome(db.worker, mail, became(mail, "accepted", ["delivered"]), policy);
    const committed = outcome(held.mail);
    expect(await outcome(free.mail)).toBe(true);
    expect((await mailOf(free.company, free.mail.id)).place).toBe("delivered");
    await other.query("commit");
    expect(await committed).toBe(true);
    expect((await mailOf(held.company, held.mail.id)).place).toBe("delivered");
  });
  it("a recipient that a person added meanwhile keeps the mail waiting", async () => {
    const { company, mail } = await claimed();
    await markDotPending(db.worker, mail);
    await company.sql.query(
      "insert into recipient (tenant_id, mail_id, address) values ($1, $2, 'b@contoso.example')",
      [company.tenantId, mail.id],
    );
    expect(await commitOutcome(db.worker, mail, became(mail, "accepted", ["delivered"]), policy)).toBe(true);
    expect((await mailOf(company, mail.id)).place).toBe("waiting");
  });
});

describe("a claim that waited", () => {
  it("takes the recipients as they are then", async () => {
    const company = await makeCompany(db, 25);
    const id = await addMail(company, { to: ["a@contoso.example", "b@contoso.example", "c@contoso.example"] });
    await company.sql.query("update lane set pace_per_minute = 600 where tenant_id = $1", [company.tenantId]);
    const lane = await claimLane(db.worker, claimant);
    if (!lane || "skipped" in lane) throw new Error("no lane");
    await other.query("begin");
    await lockLane(company.tenantId);
    const next = claimMail(db.worker, lane, "w1");
    await waits();
    await other.query(
      "update recipient set place = 'held' where tenant_id = $1 and mail_id = $2 and address like 'b@%'",
      [company.tenantId, id],
    );
    await other.query(
      "update recipient set address = 'd@contoso.example' where tenant_id = $1 and mail_id = $2 and address like 'a@%'",
      [company.tenantId, id],
    );
    await other.query("commit");
    const mail = await next;
    if (typeof mail === "string") throw new Error(mail);
    expect(mail.recipients.map(({ address }) => address)).toEqual(["c@contoso.example", "d@contoso.example"]);
  });
});

describe("two connections that both think that a mail is theirs", () => {
  // One worker, whose first connection kept silent until its lease ran out.
  const overtaken = (mail: ClaimedMail): ClaimedMail => ({
    ...mail,
    token: crypto.randomUUID(),
    attemptId: crypto.randomUUID(),
  });
  it("and come to its dot at the same time: only the one that has it marks it", async () => {
    const { mail } = await claimed();
    const marks = [overtaken(mail), mail, overtaken(mail)].map((one) => markDotPending(db.worker, one));
    const ends = await Promise.allSettled(marks);
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
  });
  it("and are answered at the same time: both answers are recorded", async () => {
    const { company, mail } = await claimed();
    await markDotPending(db.worker, mail);
    const late = overtaken(mail);
    const ours = await Promise.all(
      [mail, late].map((one) => commitOutcome(db.worker, one, became(one, "accepted", ["delivered"]), policy)),
    );
    expect(ours).toEqual([true, false]);
    const { rows } = await db.owner.pool.query("select kind from mail_event where mail_id = $1", [mail.id]);
    expect(rows.map(({ kind }) => kind)).toContain("accepted-late");
    expect((await mailOf(company, mail.id)).place).toBe("delivered");
  });
  it("an answer that comes while the mark waits for the mail keeps the dot back", async () => {
    const { mail } = await claimed();
    await other.query("begin");
    await lockMail(mail);
    const marked = markDotPending(db.worker, mail);
    const kept = expect(marked).rejects.toThrow(StaleLease);
    await waits();
    await other.query("update recipient set place = 'delivered' where tenant_id = $1 and mail_id = $2", [
      mail.lane.tenantId,
      mail.id,
    ]);
    await other.query("commit");
    await kept;
  });
});

describe("the other way round", () => {
  it("a claim that meets a deadlock is made again", async () => {
    const { company, lane, mail } = await claimed();
    expect(await commitOutcome(db.worker, mail, became(mail, "accepted", ["delivered"]), policy)).toBe(true);
    const id = await addMail(company);
    await other.query("begin");
    await lockSlot(lane);
    // Made again, it may come before the other one lets the mail go: then there is none.
    const next = until(
      () => claimMail(db.worker, lane, "w1"),
      (one) => one !== "none",
    );
    await waits();
    await lockMail({ ...mail, id });
    await other.query("commit");
    expect(await next).toMatchObject({ id });
  });
  it("the mark before the dot that meets a deadlock is made again", async () => {
    const { company, lane, mail } = await claimed();
    // So long ago that the mark renews the lease.
    await company.sql.query("update lane_slot set lease_until = now() + interval '30 s' where tenant_id = $1", [
      company.tenantId,
    ]);
    await other.query("begin");
    await lockSlot(lane);
    const marked = markDotPending(db.worker, mail);
    await waits();
    await lockMail(mail);
    await other.query("commit");
    await marked;
  });
  it("a decision that meets a deadlock is made again", async () => {
    const { company, mail } = await claimed();
    const held = await addMail(company, { columns: { state: "settled", place: "held", next_attempt_at: null } });
    await company.sql.query("update recipient set place = 'held' where tenant_id = $1 and mail_id = $2", [
      company.tenantId,
      held,
    ]);
    const scope = mintScope(db.web, company.tenantId, { kind: "person", personId: crypto.randomUUID(), name: "Ann" });
    await other.query("begin");
    await lockMail({ ...mail, id: held });
    const decided = decide(scope, { ids: [held] }, { do: "send-again" });
    await waits();
    await lockLane(company.tenantId);
    await other.query("commit");
    expect((await decided).done).toEqual([held]);
  });
});
