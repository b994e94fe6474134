// Delivering when something goes wrong that is nobody's mail's fault: servers out of step, a database that fails at a bad
// moment, mails that end one connection after another. Seen in the database and on the wire.
import { describe, expect, it } from "vitest";
import type { ClaimedLane } from "@/domain/lane/claim";
import { laneAfterSettingsChange } from "@/domain/lane/control";
import type { ClaimedMail } from "@/domain/message/claim";
import { commitOutcome, type OutcomePolicy } from "@/domain/message/outcome";
import { sqlTransaction } from "@/domain/scope";
import { SmtpFault } from "@/mail/smtp";
import { addMail, allQuiet, type Company, laneOf, mailComes, mailOf, until, wake } from "@/test/delivering";
import { deliveringWorld } from "@/test/delivering-world";
import { startExchange } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";
import { type OutcomeContext, outcomeOf, outcomeOfFault } from "./outcome";

const here = deliveringWorld([makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 2000 })]);
const { world } = here;
/** Mails that are there before anything is claimed. */
async function together(company: Company, add: () => Promise<void>) {
  await company.sql.query("update lane set state = 'paused' where tenant_id = $1", [company.tenantId]);
  await add();
  await company.sql.query("update lane set state = 'closed', due_at = now() where tenant_id = $1", [company.tenantId]);
}
/** One retry interval goes by, for everything alike. */
async function aMinute({ sql, tenantId }: Company) {
  const ago = (column: string) => `${column} = ${column} - interval '60 seconds'`;
  await sql.query(`update recipient set ${ago("not_before")} where tenant_id = $1`, [tenantId]);
  await sql.query(`update mail set ${ago("next_attempt_at")} where tenant_id = $1`, [tenantId]);
  await sql.query(
    `update lane set ${ago("due_at")}, ${ago("next_try_at")}, ${ago("pace_next_at")} where tenant_id = $1`,
    [tenantId],
  );
}

const mailIsAtItsDot = (company: Company, id: string) =>
  until(
    () =>
      company.sql.query("select 1 from mail where tenant_id = $1 and id = $2 and dot_pending_at is not null", [
        company.tenantId,
        id,
      ]),
    (rows) => rows.length === 1,
  );

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
  known: {},
  encrypted: false,
  sizeLimit: null,
};
/** A connection whose worker fell silent so long ago that its slot is gone. */
function silentConnection({ tenantId, exchangeId }: Company): ClaimedLane {
  const id = crypto.randomUUID();
  return { tenantId, exchangeId, n: 0, token: id, workerId: id, leaseSeconds: 60, probe: false, epoch: 0 };
}
function claimedMail(lane: ClaimedLane, id: string, recipientId: string = crypto.randomUUID()): ClaimedMail {
  const recipients = [{ id: recipientId, address: "info@contoso.example", rerouted: false, reasonKind: null }];
  const known = {
    sender: "ann@outside.example",
    subject: "",
    size: 1,
    eightBit: false,
    prefixLength: 0,
    canonicalHash: null,
    bytes: null,
    oneByOne: false,
    rerouteTo: "",
  };
  const attemptId = crypto.randomUUID();
  return {
    lane,
    id,
    token: attemptId,
    kind: "collected",
    bodyId: id,
    ...known,
    reasonKind: null,
    recipients,
    attemptId,
    behind: false,
  };
}

describe("a server out of step", () => {
  it.each([
    ["data", "250 2.0.0 OK"],
    ["mail", "354 go on"],
    ["rcpt", "354 go on"],
  ])("at %s with “%s” refuses nobody: the mail waits, and two in a row stop the lane", async (stage, words) => {
    const { company } = await world({ replies: { [stage]: words } }, { max_connections: 1 });
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", place: "waiting", attempts: 1, reason_kind: "cut" });
    const other = await addMail(company);
    await until(
      () => laneOf(company),
      ({ state }) => state === "open",
    );
    expect(await mailOf(company, other)).toMatchObject({ place: "waiting", reason_kind: "cut" });
  });
  it("at the dot: the mail may have been taken, so it is uncertain", async () => {
    const { company } = await world({ replies: { dot: "354 go on" } });
    const id = await addMail(company);
    await mailComes(company, id, { state: "uncertain", place: "waiting", uncertain_count: 1 });
  });
});

describe("a mail that ends every connection", () => {
  it("two of them hold up nobody: the next probe takes another mail, and the lane stays closed while it takes others", async () => {
    const { company } = await world(
      { replies: { mail: (line) => (line.includes("poison") ? "421 4.4.2 Connection dropped" : null) } },
      { max_connections: 1 },
    );
    const good: string[] = [];
    await together(company, async () => {
      for (const sender of ["poison1@x.example", "poison2@x.example"]) await addMail(company, { sender });
      for (let n = 0; n < 5; n += 1) good.push(await addMail(company));
    });
    await until(
      () => laneOf(company),
      ({ state }) => state === "open",
    );
    await allQuiet(company);
    await aMinute(company);
    for (const id of good) await mailComes(company, id, { place: "delivered" });
    // They have one more try at once, and that one, like all later ones, stops nobody.
    await until(
      () =>
        company.sql.query("select 1 from attempt where tenant_id = $1 and outcome = 'deferred'", [company.tenantId]),
      (rows) => rows.length === 4,
    );
    await allQuiet(company);
    expect((await laneOf(company)).state).toBe("closed");
    await mailComes(company, await addMail(company), { place: "delivered" });
  });
});

describe("a limit of one mail alone", () => {
  it.each([
    ["rcpt", "452 4.2.2 Mailbox recipient rate limit exceeded for this mailbox"],
    ["rcpt", "450 4.3.2 Too many connections to the recipient's mailbox server"],
    ["data", "451 4.7.500 Server busy, throttled"],
    ["dot", "450 4.7.0 The sending rate of <busy@x.example> is exceeded"],
  ])("at %s, “%s”: that mail is put off and charged, the others flow at once", async (stage, words) => {
    const { company } = await world(
      {
        replies: { [stage]: (_: string, { sender }: { sender: string }) => (sender.startsWith("busy") ? words : null) },
      },
      { max_connections: 1 },
    );
    const ids: string[] = [];
    await together(company, async () => {
      for (const sender of ["busy@x.example", "ann@x.example"]) ids.push(await addMail(company, { sender }));
    });
    const [busy = "", free = ""] = ids;
    await mailComes(company, free, { place: "delivered" });
    expect(await mailOf(company, busy)).toMatchObject({ state: "ready", attempts: 1, reason_kind: "deferred" });
    expect(await laneOf(company)).toMatchObject({ state: "closed", cap: null, pace_per_minute: null });
  });
  it("that looks like the lane's: the second time in a row the mail is put off, and no longer stands before the others", async () => {
    const { company } = await world(
      { replies: { mail: (line) => (line.includes("<busy@") ? "450 4.7.0 Sending rate exceeded" : null) } },
      { max_connections: 1 },
    );
    const ids: string[] = [];
    await together(company, async () => {
      for (const sender of ["busy@x.example", "ann@x.example"]) ids.push(await addMail(company, { sender }));
    });
    const [busy = "", free = ""] = ids;
    const breathed = () =>
      company.sql.query("update lane set pace_next_at = now(), due_at = now() where tenant_id = $1", [
        company.tenantId,
      ]);
    await mailComes(company, busy, { state: "ready", attempts: 0, reason_kind: "pace" });
    await allQuiet(company);
    await breathed();
    await mailComes(company, busy, { state: "ready", attempts: 1, reason_kind: "pace" });
    await allQuiet(company);
    await breathed();
    await mailComes(company, free, { place: "delivered" });
  });
});

describe("the database fails", () => {
  it("while a connection asks for its next mail: the connection is closed", async () => {
    const { ex, company } = await world();
    await mailComes(company, await addMail(company), { place: "delivered" });
    const client = await here.db.owner.pool.connect();
    try {
      await client.query("begin; lock table mail in access exclusive mode");
      await wake(company);
      const stuck = () =>
        company.sql.query(
          `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
             and query like '%worker_claim_mail%'`,
        );
      // Idle or new, it is stuck at its claim now.
      await until(stuck, (rows) => rows.length > 0);
      const rows = await stuck();
      for (const { pid } of rows) await client.query("select pg_terminate_backend($1)", [pid]);
    } finally {
      await client.query("rollback");
      client.release();
    }
    await until(
      async () => ex.connections.now,
      (n) => n === 0,
    );
  });
  it("at writing down what a server shows: mail goes all the same", async () => {
    await here.db.owner.pool.query(
      `create function no_notes() returns trigger language plpgsql as $$ begin raise exception 'no notes'; end $$;
       create trigger no_notes before update of greets_us on lane for each row execute function no_notes()`,
    );
    try {
      const { ex, company } = await world();
      await mailComes(company, await addMail(company), { place: "delivered" });
      await allQuiet(company);
      await until(
        async () => ex.connections.now,
        (n) => n === 0,
      );
      expect(ex.connections.total).toBe(1);
    } finally {
      await here.db.owner.pool.query("drop trigger no_notes on lane; drop function no_notes()");
    }
  });
});

describe("a worker that was frozen", () => {
  it("moves the lane no more: its cuts are of long ago", async () => {
    const { company } = await world();
    const { sql, tenantId } = company;
    const lane = silentConnection(company);
    await sql.query("update lane set state = 'paused' where tenant_id = $1", [tenantId]);
    const mails = [await addMail(company), await addMail(company)];
    await sql.query("update lane set state = 'closed', due_at = null where tenant_id = $1", [tenantId]);
    for (const id of mails) {
      const mail = claimedMail(lane, id);
      const cut = new SmtpFault("mail", "timeout", "no answer", null, false);
      const outcome = { ...outcomeOfFault(mail, cut, context), server: "", tls: "", conversation: [] };
      expect(await commitOutcome(here.db.worker, mail, outcome, policy)).toBe(false);
    }
    expect(await laneOf(company)).toMatchObject({ state: "closed", cut_mail_id: null });
  });
  it("a delivery that it tells of is written down all the same", async () => {
    const { company } = await world();
    const lane = silentConnection(company);
    await company.sql.query("update lane set state = 'open', reason_kind = 'cut' where tenant_id = $1", [
      company.tenantId,
    ]);
    const id = await addMail(company);
    const [row] = await company.sql.query<{ id: string }>(
      "select id from recipient where tenant_id = $1 and mail_id = $2",
      [company.tenantId, id],
    );
    const mail = claimedMail(lane, id, row?.id);
    const reply = { code: 250, enhanced: "2.6.0", text: "2.6.0 Queued" };
    const taken = { kind: "accepted" as const, accepted: ["info@contoso.example"], refused: [], reply };
    const outcome = { ...outcomeOf(mail, taken, context), server: "", tls: "", conversation: [] };
    expect(await commitOutcome(here.db.worker, mail, outcome, policy)).toBe(false);
    expect(await mailOf(company, id)).toMatchObject({ place: "delivered" });
    expect((await laneOf(company)).state).toBe("open");
  });
});

describe("another server is saved", () => {
  it("while the old one owes an answer: mail goes to the new one at once, and the answer is still written down", async () => {
    const old = await world({ dotDelayMs: 1500 }, { max_connections: 1 });
    const { company } = old;
    const first = await addMail(company);
    await mailIsAtItsDot(company, first);
    const next = await startExchange();
    here.stopLater(next);
    await company.sql.query("update exchange set port = $2 where tenant_id = $1", [company.tenantId, next.port]);
    await sqlTransaction(here.db.owner.pool, (sql) =>
      laneAfterSettingsChange(sql, company.tenantId, company.exchangeId),
    );
    const second = await addMail(company);
    await mailComes(company, second, { place: "delivered" }, 1400);
    expect(next.mails).toHaveLength(1);
    expect((await mailOf(company, first)).state).toBe("sending");
    await mailComes(company, first, { place: "delivered", possible_copies: 0 });
    expect(old.ex.mails).toHaveLength(1);
  });
});
