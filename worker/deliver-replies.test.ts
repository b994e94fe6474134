// Behaviour §5, row by row: what a reply does to recipients, mail and lane, seen in the database and on the wire.
import { describe, expect, it } from "vitest";
import {
  addMail,
  allQuiet,
  type Company,
  laneOf,
  mailComes,
  mailOf,
  noticesOf,
  placesOf,
  timePasses,
  until,
} from "@/test/delivering";
import { deliveringWorld } from "@/test/delivering-world";
import { certificate } from "@/test/servers/certificates";
import { startExchange } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";

const here = deliveringWorld([makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 2000 })]);
const { world } = here;
const laneIs = (company: Company, state: string) =>
  until(
    () => laneOf(company),
    (lane) => lane.state === state,
  );
const kinds = async (company: Company) => (await noticesOf(company)).map(({ kind }) => kind);

describe("text of strangers", () => {
  it("a subject and an answer whose bound falls into an emoji are written down, and hold up nobody", async () => {
    const half = (length: number, word = "") => `${word}${"x".repeat(length - 1 - word.length)}\u{1F600} end`;
    const { company } = await world({ spamWord: "lottery" });
    const id = await addMail(company, { subject: half(300, "lottery ") });
    await mailComes(company, id, { place: "badmail" });
    expect(await kinds(company)).toEqual(["spam"]);
    expect((await mailOf(company, id)).attempts).toBe(1);
  });
});

describe("before MAIL", () => {
  it("a server that is away stops the lane; mail is charged nothing and drains at once when it is back", async () => {
    const { ex, company } = await world();
    await ex.stop();
    const id = await addMail(company);
    const lane = await laneIs(company, "open");
    expect(lane.reason_kind).toBe("unreachable");
    expect(await mailOf(company, id)).toMatchObject({ state: "ready", attempts: 0, place: "waiting" });
    const back = await startExchange({ port: ex.port });
    here.stopLater(back);
    await timePasses(company);
    await mailComes(company, id, { place: "delivered" });
    expect((await laneOf(company)).state).toBe("closed");
  });
  it("a 5xx greeting stops the lane, with the server's words", async () => {
    const { company } = await world({ replies: { connect: "554 5.7.1 No access for you" } });
    const id = await addMail(company);
    expect((await laneIs(company, "open")).reason).toContain("No access for you");
    expect((await mailOf(company, id)).attempts).toBe(0);
  });
  it("421 4.3.2 at the greeting lowers the cap, and is not down", async () => {
    const { company } = await world({ maxConnections: 0 });
    await addMail(company);
    const lane = await until(
      () => laneOf(company),
      ({ cap }) => cap !== null,
    );
    expect(lane).toMatchObject({ state: "closed", cap: 1, reason_kind: "lower-cap" });
    expect(lane.reason).toContain("-MaxInboundConnectionPerSource");
  });
  it("a changed certificate stops the lane before MAIL, both certificates kept", async () => {
    const first = await certificate();
    const { ex, company } = await world({ certificate: first });
    const pin = `sha256:${first.fingerprint}`;
    await company.sql.query("update exchange set certificate = $2 where tenant_id = $1", [company.tenantId, pin]);
    const id = await addMail(company);
    await mailComes(company, id, { place: "delivered" });
    ex.options.certificate = await certificate({ edition: 2 });
    await allQuiet(company);
    const next = await addMail(company);
    const lane = await laneIs(company, "open");
    expect(lane.reason_kind).toBe("certificate");
    expect(lane.certificate_change).toMatchObject({ trusted: { fingerprint: first.fingerprint } });
    expect(lane.certificate_change?.seen.fingerprint).not.toBe(first.fingerprint);
    expect((await mailOf(company, next)).attempts).toBe(0);
    expect(ex.mails).toHaveLength(1);
  });
  it("StartTLS once offered and no longer is a warning", async () => {
    const { ex, company } = await world({ certificate: await certificate() });
    await mailComes(company, await addMail(company), { place: "delivered" });
    ex.options.tls = "none";
    await allQuiet(company);
    await mailComes(company, await addMail(company), { place: "delivered" });
    expect((await laneOf(company)).warning).toContain("no longer");
  });
});

describe("recipients", () => {
  it("mixed answers to RCPT: each recipient has its own state, and one notice tells of the unknown one", async () => {
    const { ex, company } = await world({ filter: "rcpt", recipients: ["a@contoso.example"] });
    const id = await addMail(company, { to: ["a@contoso.example", "b@contoso.example"] });
    await mailComes(company, id, { place: "badmail" });
    expect(await placesOf(company, id)).toEqual({ "a@contoso.example": "delivered", "b@contoso.example": "badmail" });
    expect(ex.mails).toHaveLength(1);
    expect(await kinds(company)).toEqual(["unknown-recipient"]);
  });
  it("5.1.x after the dot with several recipients: one transaction per recipient follows", async () => {
    const { ex, company } = await world({ filter: "dot", recipients: ["a@contoso.example", "c@contoso.example"] });
    const id = await addMail(company, { to: ["a@contoso.example", "b@contoso.example", "c@contoso.example"] });
    await mailComes(company, id, { place: "badmail" });
    expect(await placesOf(company, id)).toEqual({
      "a@contoso.example": "delivered",
      "b@contoso.example": "badmail",
      "c@contoso.example": "delivered",
    });
    expect(ex.mails.map(({ recipients }) => recipients)).toEqual([["a@contoso.example"], ["c@contoso.example"]]);
  });
  it.each(["550 5.1.0 Recipient refused", "554 5.1.2 Bad destination system", "550 5.1.3 Bad destination syntax"])(
    "%s after the dot to several: each is tried alone, and one refused address costs the others nothing",
    async (words) => {
      const { ex, company } = await world({
        replies: { dot: (_, { recipients }) => (recipients.includes("b@contoso.example") ? words : null) },
      });
      const id = await addMail(company, { to: ["a@contoso.example", "b@contoso.example", "c@contoso.example"] });
      await mailComes(company, id, { place: "badmail" });
      expect(await placesOf(company, id)).toEqual({
        "a@contoso.example": "delivered",
        "b@contoso.example": "badmail",
        "c@contoso.example": "delivered",
      });
      expect(ex.mails.map(({ recipients }) => recipients)).toEqual([["a@contoso.example"], ["c@contoso.example"]]);
    },
  );
  it("an unknown address goes once to rerouteUnknownTo, and to BADMAIL when that is refused too", async () => {
    const { ex, company } = await world({ filter: "rcpt", recipients: ["desk@contoso.example"] });
    const good = await addMail(company, { to: ["x@contoso.example"], columns: { reroute_to: "desk@contoso.example" } });
    await mailComes(company, good, { place: "delivered" });
    expect(ex.mails[0]?.recipients).toEqual(["desk@contoso.example"]);
    const bad = await addMail(company, { to: ["x@contoso.example"], columns: { reroute_to: "y@contoso.example" } });
    await mailComes(company, bad, { place: "badmail" });
    expect(ex.mails).toHaveLength(1);
  });
  it("452 too many recipients: those taken are sent, the rest go in the next transaction", async () => {
    let taken = 0;
    const { ex, company } = await world({
      replies: {
        mail: () => {
          taken = 0;
          return null;
        },
        rcpt: () => {
          taken += 1;
          return taken > 2 ? "452 4.5.3 Too many recipients" : null;
        },
      },
    });
    const to = [1, 2, 3, 4, 5].map((n) => `p${n}@contoso.example`);
    const id = await addMail(company, { to });
    await mailComes(company, id, { place: "delivered" });
    expect(ex.mails.map(({ recipients }) => recipients.length)).toEqual([2, 2, 1]);
  });
  it("unable to relay: that domain waits, others flow, one notice", async () => {
    const { ex, company } = await world({ domains: ["contoso.example"] });
    const first = await addMail(company, { to: ["a@contoso.example", "a@branch.example"] });
    await until(
      () => placesOf(company, first),
      (places) => places["a@contoso.example"] === "delivered",
    );
    const second = await addMail(company, { to: ["b@branch.example"] });
    const third = await addMail(company, { to: ["b@contoso.example"] });
    await mailComes(company, third, { place: "delivered" });
    expect(await mailOf(company, second)).toMatchObject({ place: "waiting", attempts: 0 });
    expect(await kinds(company)).toEqual(["relay"]);
    ex.options.domains = null;
    await timePasses(company);
    await mailComes(company, first, { place: "delivered" });
    await mailComes(company, second, { place: "delivered" });
  });
});

describe("the whole mail", () => {
  it("spam goes to BADMAIL at once; told by its own box or by BADMAIL's", async () => {
    const { company } = await world({ spamWord: "pills" }, { notify_spam: false });
    await mailComes(company, await addMail(company, { subject: "pills" }), { place: "badmail", reason_kind: "spam" });
    expect(await kinds(company)).toEqual(["spam"]);
    const quiet = await world({ spamWord: "pills" }, { notify_spam: false, notify_badmail: false });
    await mailComes(quiet.company, await addMail(quiet.company, { subject: "pills" }), { place: "badmail" });
    expect(await kinds(quiet.company)).toEqual([]);
  });
  it("larger than SIZE: not sent, both numbers in the reason", async () => {
    const { ex, company } = await world({ sizeLimit: 200 });
    const id = await addMail(company, { body: "x".repeat(500) });
    const mail = await mailComes(company, id, { place: "badmail", reason_kind: "too-large" });
    expect(mail.reason).toMatch(/\d{3} octets.*200/);
    expect(ex.commands.some((line) => line.startsWith("MAIL"))).toBe(false);
  });
  it("5.7.1 to a sender of the tenant's own domain is spoof protection", async () => {
    const { company } = await world({
      replies: { dot: "550 5.7.1 Sender is not allowed here" },
    });
    const id = await addMail(company, { sender: "boss@contoso.example" });
    await mailComes(company, id, { place: "badmail", reason_kind: "own-sender" });
  });
  it("4xx is retried after the retry interval, never BADMAIL before give up after", async () => {
    const { ex, company } = await world({ replies: { mail: "451 4.7.1 Please try later" } });
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", attempts: 1, reason_kind: "deferred" });
    expect((await laneOf(company)).state).toBe("closed");
    const seconds = await company.sql.query<{ s: number }>(
      "select extract(epoch from next_attempt_at - now())::float8 as s from mail where tenant_id = $1",
      [company.tenantId],
    );
    expect(seconds[0]?.s).toBeGreaterThan(50);
    ex.options.replies = {};
    await timePasses(company);
    await mailComes(company, id, { place: "delivered", attempts: 2 });
  });
  it("gives up only after the hours in which the lane worked", async () => {
    const { company } = await world({ replies: { mail: "451 4.7.1 Please try later" } }, { give_up_after_hours: 1 });
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", attempts: 1 });
    await company.sql.query("update lane set working_base = working_base + 3599 where tenant_id = $1", [
      company.tenantId,
    ]);
    await timePasses(company);
    await mailComes(company, id, { state: "ready", attempts: 2 });
    await company.sql.query("update lane set working_base = working_base + 2 where tenant_id = $1", [company.tenantId]);
    await timePasses(company);
    await mailComes(company, id, { place: "badmail", reason_kind: "gave-up" });
    expect(await kinds(company)).toEqual(["badmail"]);
  });
});

describe("the lane", () => {
  it("a demand for TLS on an encrypted connection is about that mail, and stops nobody; in clear it stops the lane", async () => {
    const replies = { dot: "550 5.7.1 Recipient requires TLS" };
    const encrypted = await world({ certificate: await certificate(), replies });
    await mailComes(encrypted.company, await addMail(encrypted.company), { place: "badmail" });
    expect((await laneOf(encrypted.company)).state).toBe("closed");
    const clear = await world({ replies });
    const id = await addMail(clear.company);
    await laneIs(clear.company, "open");
    expect(await mailOf(clear.company, id)).toMatchObject({ place: "waiting", attempts: 0 });
  });
  it("send-as refused: the lane stops, the mail waits uncharged", async () => {
    const { company } = await world({ refuseSendAs: true });
    const id = await addMail(company);
    expect((await laneIs(company, "open")).reason_kind).toBe("send-as");
    await mailComes(company, id, { state: "ready", attempts: 0, place: "waiting" });
  });
  it("the same 5xx to five mails of different senders: the lane stops and all five wait again; no notices", async () => {
    const { ex, company } = await world(
      { replies: { mail: "550 5.7.1 Closed for maintenance" } },
      { max_connections: 1 },
    );
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4, 5, 6]) ids.push(await addMail(company, { sender: `s${n}@outside.example` }));
    expect((await laneIs(company, "open")).reason_kind).toBe("refusals");
    for (const id of ids) await mailComes(company, id, { place: "waiting", state: "ready", attempts: 0 });
    expect(await kinds(company)).toEqual([]);
    const tries = () => ex.commands.filter((line) => line.startsWith("MAIL")).length;
    expect(tries()).toBe(5);
    await timePasses(company);
    await until(
      async () => tries(),
      (n) => n === 6,
    );
    await laneIs(company, "open");
    for (const id of ids) await mailComes(company, id, { place: "waiting" });
    ex.options.replies = {};
    await timePasses(company);
    for (const id of ids) await mailComes(company, id, { place: "delivered" });
  });
  it("421 from MAIL on counts for that mail; two different mails in a row stop the lane", async () => {
    const { ex, company } = await world({ drop: "data" }, { max_connections: 1 });
    const first = await addMail(company);
    await mailComes(company, first, { state: "ready", attempts: 1, reason_kind: "cut" });
    expect((await laneOf(company)).state).toBe("closed");
    const second = await addMail(company);
    expect((await laneIs(company, "open")).reason_kind).toBe("cut");
    await mailComes(company, second, { state: "ready", attempts: 1 });
    ex.options.drop = null;
    await company.sql.query(
      "update lane set due_at = now() - interval '1 s', next_try_at = now() - interval '1 s' where tenant_id = $1",
      [company.tenantId],
    );
    await addMail(company);
    await mailComes(company, first, { place: "delivered" });
    await mailComes(company, second, { place: "delivered" });
  });
  it("message rate exceeded: the lane is paced, mail waits uncharged", async () => {
    const { company } = await world({ ratePerMinute: 3 }, { max_connections: 1 });
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push(await addMail(company));
    const lane = await until(
      () => laneOf(company),
      ({ pace_per_minute }) => pace_per_minute !== null,
    );
    expect(lane).toMatchObject({ state: "closed", pace_per_minute: 2, reason_kind: "pace" });
    expect(lane.reason).toContain("-MessageRateLimit unlimited");
    expect(await mailOf(company, ids[3] ?? "")).toMatchObject({ state: "ready", attempts: 0 });
  });
});

describe("notices", () => {
  it("a notice that is refused makes no other notice: it is marked, and the provider is told", async () => {
    const { ex, company } = await world({ refuseNullSender: true });
    const id = await addMail(company, { sender: "", columns: { kind: "notice" } });
    const { sql, tenantId } = company;
    await sql.query(
      "insert into notice (tenant_id, kind, cause, state, sent_mail_id) values ($1, 'spam', 'spam', 'queued', $2)",
      [tenantId, id],
    );
    await mailComes(company, id, { place: "badmail" });
    const states = await sql.query("select state from notice where tenant_id = $1", [tenantId]);
    expect(states).toEqual([{ state: "failed" }]);
    const open = () => sql.query("select cause from alert where tenant_id = $1 and resolved_at is null", [tenantId]);
    expect(await open()).toEqual([{ cause: `notice:${tenantId}` }]);
    ex.options.refuseNullSender = false;
    await mailComes(company, await addMail(company, { sender: "", columns: { kind: "notice" } }), {
      place: "delivered",
    });
    expect(await open()).toEqual([]);
  });
});
