// Delivering: order, one connection for many mails, the dot, and what an expired lease may not do.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { claimLane } from "@/domain/lane/claim";
import { pauseLane, resumeLane, tryAllNow } from "@/domain/lane/control";
import { claimMail, StaleLease } from "@/domain/message/claim";
import { markDotPending } from "@/domain/message/dot-pending";
import { commitOutcome } from "@/domain/message/outcome";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import {
  addMail,
  laneOf,
  mailComes,
  mailOf,
  makeCompany,
  noticesOf,
  placesOf,
  startWorker,
  type TestWorker,
  timePasses,
  until,
  wake,
} from "@/test/delivering";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";
import { outcomeOf } from "./outcome";
import { uncertainRoom } from "./uncertain";

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
function work(env: Parameters<typeof startWorker>[2] = {}, dotTimeoutMs = 2000) {
  const worker = startWorker(db, [makeDeliverRoom({ idleMs: 50, dotTimeoutMs }), uncertainRoom], env);
  workers.push(worker);
  return worker;
}
const claimant = { workerId: crypto.randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };

describe("in order", () => {
  it("25 mails over one connection with maxConnections 1, byte for byte", async () => {
    const { ex, company } = await world({}, { max_connections: 1 });
    for (let n = 0; n < 25; n += 1) await addMail(company, { subject: `n${n}`, body: `.dot\r\nmail ${n}` });
    work();
    await ex.arrived(25);
    expect(ex.mails.map(({ subject }) => subject)).toEqual([...Array(25).keys()].map((n) => `n${n}`));
    expect(ex.mails[7]?.raw.toString()).toContain("\r\n\r\n.dot\r\nmail 7\r\n");
    expect(ex.mails[0]?.helo).toBe("ferry.test.example");
    expect(ex.connections.total).toBeLessThanOrEqual(2);
    await until(
      () => company.sql.query("select 1 from mail where tenant_id = $1 and place = 'delivered'", [company.tenantId]),
      (rows) => rows.length === 25,
    );
  });
  it("a failing mail delays the next by one attempt", async () => {
    const { ex, company } = await world(
      { replies: { mail: (line) => (line.includes("<bad@") ? "451 4.7.1 later" : null) } },
      { max_connections: 1 },
    );
    await addMail(company, { sender: "bad@outside.example" });
    await addMail(company, { subject: "next" });
    work();
    await ex.arrived(1);
    expect(ex.mails[0]?.subject).toBe("next");
  });
});

describe("the dot", () => {
  it("a lost answer: waits, the same bytes again, marked; after the third a person decides", async () => {
    const { ex, company } = await world({ loseAnswers: 3 });
    const id = await addMail(company);
    work();
    await mailComes(company, id, { state: "uncertain", uncertain_count: 1, possible_copies: 0 });
    await timePasses(company);
    await mailComes(company, id, { state: "uncertain", uncertain_count: 2, possible_copies: 1 });
    await timePasses(company);
    await mailComes(company, id, { place: "held", reason_kind: "answer-lost", state: "settled" });
    expect(new Set(ex.mails.map(({ sha256 }) => sha256)).size).toBe(1);
    expect((await noticesOf(company)).map(({ kind }) => kind)).toEqual(["held"]);
  });
  it("the second try is taken: delivered, possibly twice", async () => {
    const { ex, company } = await world({ loseAnswers: 1 });
    const id = await addMail(company);
    work({ uncertainSeconds: 1 });
    await mailComes(company, id, { place: "delivered", possible_copies: 1 });
    expect(ex.mails).toHaveLength(2);
  });
  it("hold and ask: held at the first lost answer", async () => {
    const { company } = await world({ loseAnswers: 1 }, { uncertain: "hold" });
    const id = await addMail(company);
    work();
    await mailComes(company, id, { place: "held", reason_kind: "answer-lost" });
  });
  it("a late answer is one copy, and is shown while it is awaited", async () => {
    const { ex, company } = await world({ dotDelayMs: 6500 }, { timeout_seconds: 5 });
    const id = await addMail(company);
    work({}, 20_000);
    await until(
      () =>
        company.sql.query("select 1 from lane_slot where tenant_id = $1 and answer_awaited_since is not null", [
          company.tenantId,
        ]),
      (rows) => rows.length === 1,
    );
    await mailComes(company, id, { place: "delivered", possible_copies: 0 });
    expect(ex.mails).toHaveLength(1);
  });
});

describe("a lease that ran out", () => {
  const expire = (tenantId: string) =>
    db.owner.pool.query(
      `with s as (update lane_slot set lease_until = now() - interval '1 s' where tenant_id = $1)
       update mail set lease_until = now() - interval '1 s' where tenant_id = $1 and lease_until is not null`,
      [tenantId],
    );
  const policy = {
    retryMinutes: 1,
    giveUpAfterHours: 120,
    uncertain: "resend" as const,
    uncertainSeconds: 600,
    notify: { spam: true, unknownRecipient: true, badmail: true, collecting: true },
  };
  const context = {
    ownDomains: new Set<string>(),
    connections: 1,
    sentLastMinute: 0,
    host: "x",
    known: {},
    encrypted: false,
    sizeLimit: null,
  };
  const extra = { server: "", tls: "", conversation: [] };

  async function claimed() {
    const { company, ex } = await world();
    const id = await addMail(company);
    const lane = await claimLane(db.worker, claimant);
    if (!lane || "skipped" in lane) throw new Error("no lane");
    const mail = await claimMail(db.worker, lane, "w1");
    if (typeof mail === "string") throw new Error(mail);
    return { company, id, lane, mail, ex };
  }
  it("before the dot: another worker takes the mail, the old one may not send it", async () => {
    const { company, id, mail, ex } = await claimed();
    await expire(company.tenantId);
    work();
    await ex.arrived(1);
    await mailComes(company, id, { place: "delivered", possible_copies: 0 });
    await expect(markDotPending(db.worker, mail)).rejects.toThrow(StaleLease);
    const refused = outcomeOf(
      mail,
      { kind: "refused", stage: "mail", reply: { code: 550, enhanced: null, text: "no" }, taken: [], refused: [] },
      context,
    );
    expect(await commitOutcome(db.worker, mail, { ...refused, ...extra }, policy)).toBe(false);
    expect(await placesOf(company, id)).toEqual({ "info@contoso.example": "delivered" });
  });
  it("after the dot: uncertain; the 250 of the old worker is recorded all the same", async () => {
    const { company, id, mail } = await claimed();
    await markDotPending(db.worker, mail);
    await expire(company.tenantId);
    work();
    await mailComes(company, id, { state: "uncertain" });
    const reply = { code: 250, enhanced: "2.6.0", text: "2.6.0 Queued mail for delivery" };
    const accepted = outcomeOf(
      mail,
      { kind: "accepted", accepted: ["info@contoso.example"], refused: [], reply },
      context,
    );
    expect(await commitOutcome(db.worker, mail, { ...accepted, ...extra }, policy)).toBe(false);
    expect(await mailOf(company, id)).toMatchObject({ place: "delivered", state: "settled", possible_copies: 0 });
  });
  it("three claims without a word: set aside, others flow", async () => {
    const { company, id } = await claimed();
    await company.sql.query("update mail set claims = 3 where tenant_id = $1", [company.tenantId]);
    await expire(company.tenantId);
    const other = await addMail(company);
    work();
    await mailComes(company, id, { place: "held", reason_kind: "kills-worker" });
    await mailComes(company, other, { place: "delivered" });
  });
});

describe("tenants", () => {
  it("a dead server and a backlog are their own delay: another company's mail flows with a worker's only connections", async () => {
    const slow = await world({ dotDelayMs: 300 }, { max_connections: 5 });
    for (let n = 0; n < 40; n += 1) await addMail(slow.company);
    const dead = await world();
    await dead.ex.stop();
    await addMail(dead.company);
    const worker = startWorker(db, [makeDeliverRoom({ connections: 2, idleMs: 50 })]);
    workers.push(worker);
    await slow.ex.arrived(2);
    const quick = await world();
    const id = await addMail(quick.company);
    await mailComes(quick.company, id, { place: "delivered" });
    expect(slow.ex.mails.length).toBeLessThan(40);
    await until(
      () => laneOf(dead.company),
      ({ state }) => state === "open",
    );
  });
});

describe("the database", () => {
  it("loses its connections again and again under load: everything is delivered, a copy only where it is marked", async () => {
    const { ex, company } = await world({ dotDelayMs: 20 });
    const mails = 40;
    for (let n = 0; n < mails; n += 1) await addMail(company, { subject: `m${n}` });
    work({ leaseSeconds: 2, uncertainSeconds: 1 });
    for (let n = 1; n <= 4; n += 1) {
      await ex.arrived(n * 6);
      await db.owner.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and usename = 'mailferry_test_worker'`,
      );
    }
    const { sql, tenantId } = company;
    const delivered = () =>
      sql.query<{ subject: string; possible_copies: number }>(
        "select subject, possible_copies from mail where tenant_id = $1 and place = 'delivered'",
        [tenantId],
      );
    const rows = await until(delivered, (found) => found.length === mails, 25_000);
    const copies = new Map(rows.map(({ subject, possible_copies }) => [subject, possible_copies]));
    for (const [subject, possible] of copies) {
      const got = ex.mails.filter((mail) => mail.subject === subject).length;
      expect(got).toBeGreaterThanOrEqual(1);
      expect(got).toBeLessThanOrEqual(1 + possible);
    }
  });
});

describe("people", () => {
  const person = (tenantId: string) =>
    mintScope(db.web, tenantId, { kind: "person", personId: crypto.randomUUID(), name: "Ann" });
  it("try all now ignores the retry interval once", async () => {
    const { ex, company } = await world();
    await ex.stop();
    const id = await addMail(company);
    work();
    await until(
      () => laneOf(company),
      ({ state }) => state === "open",
    );
    servers.push(await startExchange({ port: ex.port }));
    expect(await tryAllNow(person(company.tenantId))).toMatchObject({ mails: 1 });
    await mailComes(company, id, { place: "delivered" });
  });
  it("a paused lane claims nothing until a person lets it go on", async () => {
    const { ex, company } = await world();
    await pauseLane(person(company.tenantId), "The server moves.");
    const id = await addMail(company);
    expect(await claimLane(db.worker, claimant)).toBeNull();
    await resumeLane(person(company.tenantId));
    await wake(company);
    work();
    await mailComes(company, id, { place: "delivered" });
    expect(ex.mails).toHaveLength(1);
  });
  it("another tenant's scope moves nothing", async () => {
    const { company } = await world();
    const { company: other } = await world();
    await pauseLane(person(other.tenantId), "x");
    expect((await laneOf(company)).state).toBe("closed");
  });
});
