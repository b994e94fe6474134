// What a reply does, further rows: to the mail, to the lane, to what is written down. The first ones are in deliver-replies.test.ts.
import { beforeAll, describe, expect, it } from "vitest";
import {
  addMail,
  allQuiet,
  type Company,
  laneOf,
  mailComes,
  noticesOf,
  placesOf,
  timePasses,
  until,
} from "@/test/delivering";
import { deliveringWorld } from "@/test/delivering-world";
import { startExchange } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";

const here = deliveringWorld([makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 5000 })]);
const { world } = here;
beforeAll(async () => {
  await here.db.owner.pool.query("insert into site_clock (site) values ('main') on conflict do nothing");
});
const laneIs = (company: Company, state: string) =>
  until(
    () => laneOf(company),
    (lane) => lane.state === state,
  );
/** The site's clock moves on: a worker beats for so long. */
const beats = (hours: number) =>
  here.db.owner.pool.query("update site_clock set running_seconds = running_seconds + $1", [hours * 3600]);

describe("the sender", () => {
  it.each([
    "550 5.7.1 Client does not have permissions to send as this sender",
    "550 5.7.1 Anonymous clients does not have permissions to send as this domain",
  ])("of the company's own domain, %s: that mail alone, and not as spam", async (words) => {
    const { company } = await world({
      replies: { dot: (_, { sender }) => (sender.endsWith("@contoso.example") ? words : null) },
    });
    const own = await addMail(company, { sender: "boss@contoso.example" });
    await mailComes(company, own, { place: "badmail", reason_kind: "own-sender" });
    const other = await addMail(company);
    await mailComes(company, other, { place: "delivered" });
    expect((await laneOf(company)).state).toBe("closed");
    const [notice] = (await noticesOf(company)).slice(-1);
    expect(notice).toMatchObject({ kind: "badmail", facts: { class: "permanent", reasonKind: "own-sender" } });
    expect(String(notice?.facts.meaning)).toContain("spoof protection, not spam");
  });

  it("of others, the same words stop the lane; the command is filled in for anonymous mail", async () => {
    const { company } = await world({
      replies: { mail: "550 5.7.1 Client does not have permissions to send as this sender" },
    });
    const id = await addMail(company);
    const lane = await laneIs(company, "open");
    expect(lane.reason_kind).toBe("send-as");
    expect(lane.reason).toMatch(/leave User name empty/);
    expect(lane.reason).toContain("-User 'NT AUTHORITY\\ANONYMOUS LOGON'");
    expect(lane.reason).toContain("ms-Exch-SMTP-Accept-Any-Sender");
    await mailComes(company, id, { state: "ready", attempts: 0, place: "waiting" });
  });

  it("5.7.57: the lane stops, nothing is charged", async () => {
    const { company } = await world({ requireAuth: true });
    const id = await addMail(company);
    const lane = await laneIs(company, "open");
    expect(lane).toMatchObject({ reason_kind: "send-as" });
    expect(lane.reason).toContain("AnonymousUsers");
    await mailComes(company, id, { state: "ready", attempts: 0, place: "waiting" });
  });
});

describe("size", () => {
  it("552 5.3.4 after the dot: too large, with both numbers where the server gave its limit", async () => {
    const { company } = await world({ replies: { dot: "552 5.3.4 Message size exceeds fixed maximum message size" } });
    const mail = await mailComes(company, await addMail(company), { place: "badmail", reason_kind: "too-large" });
    expect(mail.reason).toMatch(/\d+ octets.*37,?748,?736/);
  });
  it("of the header: a reason of its own, with the setting to raise", async () => {
    const { ex, company } = await world({ replies: { dot: "552 5.3.4 Header size exceeds fixed maximum size" } });
    const id = await addMail(company);
    const mail = await mailComes(company, id, { place: "badmail", reason_kind: "header-too-large" });
    expect(mail.reason).toMatch(/header/i);
    expect(ex.commands.filter((line) => line.startsWith("MAIL"))).toHaveLength(1);
    expect((await noticesOf(company))[0]?.facts.remedy).toContain("MaxHeaderSize");
    expect((await laneOf(company)).state).toBe("closed");
  });
});

describe("for good", () => {
  it("another 5xx: to BADMAIL at once, per recipient, and nobody else waits", async () => {
    const { ex, company } = await world({
      replies: { rcpt: (line) => (line.includes("<hr@") ? "550 5.7.129 RESOLVER.RST.RestrictedToRecipients" : null) },
    });
    const id = await addMail(company, { to: ["hr@contoso.example", "info@contoso.example"] });
    await mailComes(company, id, { place: "badmail", attempts: 1 });
    expect(await placesOf(company, id)).toEqual({
      "hr@contoso.example": "badmail",
      "info@contoso.example": "delivered",
    });
    expect(ex.mails).toHaveLength(1);
  });
  it("spam, unknown addresses and size never count as the server's fault, however many in a row", async () => {
    const { company } = await world({
      replies: {
        dot: (_, { sender }) =>
          sender.startsWith("s") ? "550 5.7.1 Message rejected as spam by Content Filtering." : null,
        rcpt: (line) => (line.includes("<u") ? "550 5.1.10 RESOLVER.ADR.RecipientNotFound" : null),
      },
    });
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      ids.push(await addMail(company, { sender: `s${n}@outside.example` }));
      ids.push(await addMail(company, { sender: `a${n}@outside.example`, to: [`u${n}@contoso.example`] }));
    }
    for (const id of ids) await mailComes(company, id, { place: "badmail" });
    expect((await laneOf(company)).state).toBe("closed");
  });
});

describe("for now", () => {
  it("421 with its own words counts for that mail, whose give-up clock runs", async () => {
    const { company } = await world(
      { replies: { dot: "421 4.4.1 Connection timed out" } },
      { give_up_after_hours: 2, max_connections: 1 },
    );
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", attempts: 1, reason_kind: "cut" });
    expect((await laneOf(company)).state).toBe("closed");
    await beats(3);
    await timePasses(company);
    await mailComes(company, id, { place: "badmail", reason_kind: "gave-up" });
  });

  it("two different mails in a row that end so stop the lane, and the next probe takes another one", async () => {
    const { ex, company } = await world(
      { replies: { mail: "421 4.4.1 Connection timed out" } },
      { max_connections: 1 },
    );
    for (const sender of ["a", "b"]) {
      const id = await addMail(company, { sender: `${sender}@outside.example` });
      await mailComes(company, id, { state: "ready", attempts: 1, reason_kind: "cut" });
    }
    expect(await laneIs(company, "open")).toMatchObject({ reason_kind: "cut" });
    await allQuiet(company);
    await addMail(company, { sender: "c@outside.example" });
    ex.options.replies = {};
    // Only the retry interval of the lane is over, not that of the two mails.
    await company.sql.query(
      "update lane set due_at = now() - interval '1 s', next_try_at = now() - interval '1 s' where tenant_id = $1",
      [company.tenantId],
    );
    expect((await ex.arrived(1, 20_000))[0]?.sender).toBe("c@outside.example");
  });

  it("while the lane is stopped the give-up clock stands still: a week without a server costs nobody a mail", async () => {
    const { ex, company } = await world({ replies: { mail: "451 4.7.1 later" } }, { give_up_after_hours: 1 });
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", attempts: 1 });
    await allQuiet(company);
    await ex.stop();
    await timePasses(company);
    await laneIs(company, "open");
    await beats(7 * 24);
    const back = await startExchange({ port: ex.port, replies: { mail: ["451 4.7.1 later"] } });
    here.stopLater(back);
    await timePasses(company);
    await mailComes(company, id, { state: "ready", attempts: 2, place: "waiting" });
    await timePasses(company);
    await mailComes(company, id, { place: "delivered" });
  });
});

describe("what people read", () => {
  it("is Accepted by Exchange, with the server's own words", async () => {
    const { company } = await world();
    const id = await addMail(company);
    await mailComes(company, id, { place: "delivered" });
    const events = await company.sql.query<{ text: string }>(
      "select text from mail_event where tenant_id = $1 and mail_id = $2 and kind = 'delivered'",
      [company.tenantId, id],
    );
    expect(events[0]?.text).toMatch(
      /^Accepted by Exchange for info@contoso\.example: 250 2\.6\.0 .*Queued mail for delivery$/,
    );
  });

  it("an unknown address: the remedy names it", async () => {
    const { company } = await world({ filter: "rcpt", recipients: [] });
    await mailComes(company, await addMail(company, { to: ["new@contoso.example"] }), { place: "badmail" });
    expect((await noticesOf(company))[0]?.facts.remedy).toContain("Add='new@contoso.example'");
  });

  it("a domain that isn't relayed: the command names it", async () => {
    const { company } = await world({ domains: ["contoso.example"] });
    await addMail(company, { to: ["a@branch.example"] });
    const [notice] = await until(
      () => noticesOf(company),
      (rows) => rows.length > 0,
    );
    expect(notice).toMatchObject({ kind: "relay" });
    expect(notice?.facts.remedy).toContain("New-AcceptedDomain -Name 'branch.example' -DomainName 'branch.example'");
  });
});
