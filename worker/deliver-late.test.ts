// Delivering where an answer comes late, or a fault of ours comes in between: what is known is kept, and a mail is marked as
// possibly delivered twice only where a second dot was sent.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ClaimedLane, claimLane, releaseSlot } from "@/domain/lane/claim";
import { recoverOrphans } from "@/domain/lane/recover";
import { type ClaimedMail, claimMail, StaleLease } from "@/domain/message/claim";
import { markDotPending } from "@/domain/message/dot-pending";
import { commitOutcome, type OutcomePolicy } from "@/domain/message/outcome";
import { recoverMail } from "@/domain/message/recover";
import { sqlOf } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { connectSmtp } from "@/mail/smtp-session";
import { type TestDatabase, testDatabase } from "@/test/database";
import {
  addMail,
  allQuiet,
  type Company,
  laneOf,
  mailComes,
  mailOf,
  makeCompany,
  placesOf,
  startWorker,
  type TestWorker,
  until,
} from "@/test/delivering";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { carryMail, Writing } from "./carry";
import { Recorder } from "./connection";
import { makeDeliverRoom } from "./deliver";
import { Hand } from "./hand";
import { type OutcomeContext, outcomeOf } from "./outcome";
import { outcomeOfError } from "./outcome-error";

let db: TestDatabase;
const servers: ExchangeServer[] = [];
const workers: TestWorker[] = [];

beforeAll(async () => {
  db = await testDatabase();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  for (const server of servers.splice(0)) await server.stop();
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(() => db.drop());

async function world(server: Partial<ExchangeOptions> = {}, exchange: Record<string, unknown> = {}) {
  const ex = await startExchange(server);
  servers.push(ex);
  return { ex, company: await makeCompany(db, ex.port, exchange) };
}
function work() {
  const worker = startWorker(db, [makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 2000 })]);
  workers.push(worker);
  return worker;
}
const claimant = () => ({ workerId: crypto.randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 });
const policy: OutcomePolicy = {
  retryMinutes: 1,
  giveUpAfterHours: 120,
  uncertain: "resend",
  uncertainSeconds: 600,
  notify: { spam: true, unknownRecipient: true, badmail: true, collecting: true },
};
const context: OutcomeContext = {
  ownDomains: new Set<string>(),
  connections: 1,
  sentLastMinute: 0,
  host: "x",
  encrypted: false,
  known: {},
  sizeLimit: null,
};

async function claim(company: Company, by = claimant()): Promise<{ lane: ClaimedLane; mail: ClaimedMail }> {
  await company.sql.query("update lane set due_at = now() - interval '1 second' where tenant_id = $1", [
    company.tenantId,
  ]);
  const lane = await claimLane(db.worker, by);
  if (!lane || "skipped" in lane) throw new Error("no lane");
  const mail = await claimMail(db.worker, lane, "w1");
  if (typeof mail === "string") throw new Error(mail);
  return { lane, mail };
}
/** A worker falls silent: its connection and its mail are free for others, by the next claim. */
async function silent({ sql, tenantId }: Company) {
  const past = "now() - interval '1 second'";
  await sql.query(`update lane_slot set lease_until = ${past} where tenant_id = $1`, [tenantId]);
  await sql.query(`update mail set lease_until = ${past} where tenant_id = $1 and lease_until is not null`, [tenantId]);
}
/** The wait of an uncertain mail is over. */
const waited = ({ sql, tenantId }: Company) =>
  sql.query(
    "update mail set next_attempt_at = now() - interval '1 second' where tenant_id = $1 and state = 'uncertain'",
    [tenantId],
  );
const late = (mail: ClaimedMail, refused: string[] = []) => {
  const reply = { code: 250, enhanced: "2.6.0", text: "2.6.0 Queued mail for delivery" };
  const busy = { code: 451, enhanced: "4.2.0", text: "4.2.0 later" };
  const accepted = mail.recipients.map(({ address }) => address).filter((one) => !refused.includes(one));
  const result = {
    kind: "accepted" as const,
    accepted,
    refused: refused.map((recipient) => ({ recipient, reply: busy })),
    reply,
  };
  const outcome = { ...outcomeOf(mail, result, context), server: "", tls: "", conversation: [] };
  return commitOutcome(db.worker, mail, outcome, policy);
};
const attemptsOf = ({ sql, tenantId }: Company) =>
  sql.query<{ outcome: string | null; ended: boolean }>(
    "select outcome, ended_at is not null as ended from attempt where tenant_id = $1 order by number",
    [tenantId],
  );

describe("an answer that comes late", () => {
  const two = ["a@contoso.example", "b@contoso.example"];
  async function uncertain(to: string[]) {
    const { company } = await world();
    const id = await addMail(company, { to });
    const { mail } = await claim(company);
    await markDotPending(db.worker, mail);
    await silent(company);
    await company.sql.query("update lane set due_at = now() - interval '1 second' where tenant_id = $1", [
      company.tenantId,
    ]);
    await claimLane(db.worker, claimant());
    expect((await mailOf(company, id)).state).toBe("uncertain");
    await silent(company);
    return { company, id, mail };
  }
  it("for some recipients: the rest goes on at once, and nothing is marked as a copy", async () => {
    const { company, id, mail } = await uncertain(two);
    expect(await late(mail, ["b@contoso.example"])).toBe(false);
    expect(await mailOf(company, id)).toMatchObject({ state: "ready", possible_copies: 0, uncertain_count: 0 });
    work();
    await mailComes(company, id, { place: "delivered", possible_copies: 0 });
  });
  it.each(["held", "badmail"])("after it was decided otherwise (%s): the delivery stands", async (place) => {
    const { company, id, mail } = await uncertain(two);
    await company.sql.query(
      "update recipient set place = $3, reason_kind = 'kills-worker' where tenant_id = $1 and mail_id = $2",
      [company.tenantId, id, place],
    );
    await company.sql.query("update mail set place = $3, state = 'settled' where tenant_id = $1 and id = $2", [
      company.tenantId,
      id,
      place,
    ]);
    expect(await late(mail)).toBe(false);
    expect(await mailOf(company, id)).toMatchObject({ state: "settled", place: "delivered" });
  });
  it("before the mail is claimed again: the mark is taken back", async () => {
    const { company, id, mail } = await uncertain(two);
    await waited(company);
    await company.sql.query("update lane set due_at = now() - interval '1 second' where tenant_id = $1", [
      company.tenantId,
    ]);
    await claimLane(db.worker, claimant());
    expect(await mailOf(company, id)).toMatchObject({ state: "ready", possible_copies: 1 });
    await late(mail);
    expect(await mailOf(company, id)).toMatchObject({ state: "settled", place: "delivered", possible_copies: 0 });
  });
  it("while another worker has the mail before its dot: that dot does not follow, and the mark is taken back", async () => {
    const { company, id, mail } = await uncertain(two);
    await waited(company);
    const again = await claim(company);
    expect(await mailOf(company, id)).toMatchObject({ state: "sending", possible_copies: 1 });
    await late(mail, ["b@contoso.example"]);
    await expect(markDotPending(db.worker, again.mail)).rejects.toThrow(StaleLease);
    expect(await mailOf(company, id)).toMatchObject({ state: "ready", place: "waiting", possible_copies: 0 });
    expect(await placesOf(company, id)).toEqual({ "a@contoso.example": "delivered", "b@contoso.example": "waiting" });
  });
  it("who lost the mail so gives back an empty connection, and takes it from nobody", async () => {
    const { company, id, mail } = await uncertain(two);
    await waited(company);
    const worker = claimant();
    const again = await claim(company, worker);
    await late(mail, ["b@contoso.example"]);
    const third = await claim(company, worker);
    await markDotPending(db.worker, third.mail);
    const lost = outcomeOfError(again.mail, new StaleLease(), false);
    const outcome = { ...lost, server: "", tls: "", conversation: [] };
    expect(await commitOutcome(db.worker, again.mail, outcome, policy)).toBe(false);
    await releaseSlot(db.worker, again.lane, 600);
    expect(await mailOf(company, id)).toMatchObject({ state: "sending", possible_copies: 0 });
    expect(await late(third.mail)).toBe(true);
    expect(await mailOf(company, id)).toMatchObject({ place: "delivered", possible_copies: 0 });
  });
  it("after another worker's dot: the mark stays", async () => {
    const { company, id, mail } = await uncertain(two);
    await waited(company);
    const again = await claim(company);
    await markDotPending(db.worker, again.mail);
    await late(mail);
    expect(await mailOf(company, id)).toMatchObject({ state: "sending", possible_copies: 1 });
    expect(await late(again.mail)).toBe(true);
    expect(await mailOf(company, id)).toMatchObject({ state: "settled", place: "delivered", possible_copies: 1 });
  });
});

describe("the worker must hurry", () => {
  it("between the mark and the dot: no dot has left, so the mail only waits", async () => {
    const { ex, company } = await world();
    const id = await addMail(company);
    const client = await db.owner.pool.connect();
    await client.query(
      `create function at_the_mark() returns trigger language plpgsql as $$ begin
         perform pg_advisory_xact_lock(4711); return new; end $$;
       create trigger at_the_mark before update of dot_pending_at on attempt for each row execute function at_the_mark()`,
    );
    try {
      await client.query("select pg_advisory_lock(4711)");
      const worker = work();
      await until(
        () => company.sql.query("select 1 from pg_locks where locktype = 'advisory' and objid = 4711 and not granted"),
        (rows) => rows.length === 1,
      );
      const stopped = worker.stop();
      worker.hurry();
      await client.query("select pg_advisory_unlock(4711)");
      await stopped;
    } finally {
      await client.query("drop trigger at_the_mark on attempt; drop function at_the_mark()");
      client.release();
    }
    expect(await mailOf(company, id)).toMatchObject({ state: "ready", uncertain_count: 0, attempts: 0 });
    expect(ex.mails).toHaveLength(0);
  });
});

describe("a fault of ours", () => {
  it("in reading a mail's bytes: that mail is put off and charged, the others flow", async () => {
    const { company } = await world({}, { max_connections: 1 });
    await company.sql.query("update lane set state = 'paused' where tenant_id = $1", [company.tenantId]);
    const bad = await addMail(company);
    const good = await addMail(company);
    const [row] = await company.sql.query<{ body_id: string }>("select body_id from mail where id = $1", [bad]);
    await db.owner.pool.query(
      `create function readable(body uuid) returns boolean language plpgsql as $$ begin
         if body = '${row?.body_id}' then
           raise exception 'missing chunk number 0 for toast value 16500' using errcode = 'XX001';
         end if;
         return true; end $$;
       create policy unreadable on body_chunk as restrictive for select using (readable(body_id))`,
    );
    try {
      await company.sql.query("update lane set state = 'closed', due_at = now() where tenant_id = $1", [
        company.tenantId,
      ]);
      work();
      await mailComes(company, good, { place: "delivered" });
      expect(await mailOf(company, bad)).toMatchObject({
        state: "ready",
        place: "waiting",
        attempts: 1,
        reason_kind: "failed",
      });
      expect((await laneOf(company)).state).toBe("closed");
    } finally {
      await db.owner.pool.query("drop policy unreadable on body_chunk; drop function readable(uuid)");
    }
  });
  it("in judging an answer: what the server took is delivered", async () => {
    const { ex, company } = await world({ filter: "rcpt", recipients: ["a@contoso.example"] });
    const id = await addMail(company, { to: ["a@contoso.example", "b@contoso.example"] });
    const { lane, mail } = await claim(company);
    const worker = work();
    class Broken extends Set<string> {
      override has(): boolean {
        throw new Error("a mistake in this program");
      }
    }
    const connection = await connectSmtp({
      ...{ host: "127.0.0.1", address: "127.0.0.1", port: ex.port, tls: "off", timeoutMs: 2000, dotTimeoutMs: 2000 },
      ...{
        wish: { certificate: "any", name: "x", oldest: "1.2" },
        heloName: "ferry.example",
        username: "",
        password: null,
      },
    });
    await carryMail(
      {
        context: worker.context,
        scope: mintScope(db.worker, company.tenantId, { kind: "worker", workerId: lane.workerId, name: "w1" }),
        lane,
        settings: {
          ...{ epoch: 0, host: "127.0.0.1", port: ex.port, tls: "off", certificate: "any", certificateName: "" },
          ...{ oldestTls: "1.2", timeoutSeconds: 5, heloDomain: "", username: "", password: null, trusted: null },
          ...{ outcome: policy, starttlsSeen: false, greetsUs: "", ownDomains: new Broken() },
        },
        connection,
        recorder: new Recorder(),
        ...{ hand: new Hand(db.worker, lane, "w1"), writing: new Writing(), begun: null },
        ahead: { may: () => true, failed: () => {} },
        ...{ sent: [], dotPending: false },
      },
      mail,
    );
    connection.destroy();
    expect(await placesOf(company, id)).toEqual({ "a@contoso.example": "delivered", "b@contoso.example": "waiting" });
    expect(await mailOf(company, id)).toMatchObject({ possible_copies: 0 });
    expect(ex.mails).toHaveLength(1);
  });
  it("bytes that are gone: the mail is held, its attempt has an end, and its connection carries the next", async () => {
    const { company } = await world();
    const id = await addMail(company);
    await company.sql.query("update body set complete = false where tenant_id = $1", [company.tenantId]);
    work();
    await mailComes(company, id, { place: "held", reason_kind: "body-missing" });
    expect(await attemptsOf(company)).toEqual([{ outcome: "lost", ended: true }]);
    await allQuiet(company);
  });
});

describe("mail in nobody's hands", () => {
  it("is not taken from the worker that took it up again meanwhile", async () => {
    const { company } = await world();
    const id = await addMail(company);
    const { lane, mail } = await claim(company);
    const { tenantId, exchangeId } = company;
    const orphan = { tenantId, exchangeId, mailId: id, workerId: lane.workerId, uncertainSeconds: 600, alive: true };
    await recoverMail(sqlOf(db.owner.pool), { ...orphan, released: false });
    await markDotPending(db.worker, mail);
    expect((await mailOf(company, id)).state).toBe("sending");
    // Without its slot, and its lease over: now it is.
    await company.sql.query("delete from lane_slot where tenant_id = $1", [tenantId]);
    await company.sql.query("update mail set lease_until = now() - interval '1 minute' where tenant_id = $1", [
      tenantId,
    ]);
    expect(await recoverOrphans(db.worker, ["main"], 600)).toBeGreaterThan(0);
    expect((await mailOf(company, id)).state).toBe("uncertain");
  });
  it("goes on at once where its own worker gives it back", async () => {
    const { company } = await world();
    const id = await addMail(company);
    const { lane } = await claim(company);
    await releaseSlot(db.worker, lane, 600);
    expect(await mailOf(company, id)).toMatchObject({ state: "ready" });
  });
});
