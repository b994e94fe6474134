// The fields of the Exchange page, each by what it does on the wire, in the database or in time.
import { describe, expect, it } from "vitest";
import { laneAfterSettingsChange, tryAllNow } from "@/domain/lane/control";
import { sqlTransaction } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { addMail, allQuiet, type Company, laneOf, mailComes, mailOf, timePasses, until } from "@/test/delivering";
import { deliveringWorld } from "@/test/delivering-world";
import { certificate } from "@/test/servers/certificates";
import { type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { dotTimeoutMs } from "./connection";
import { makeDeliverRoom } from "./deliver";

const here = deliveringWorld([makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 20_000 })]);
const { world } = here;
const laneIs = (company: Company, state: string) =>
  until(
    () => laneOf(company),
    (lane) => lane.state === state,
  );
const verbs = (ex: ExchangeServer) => ex.commands.map((line) => line.split(/[ :]/, 1)[0] ?? "");
/** Seconds from the end of the mail's last attempt until it is due again. */
const waitOf = async ({ sql, tenantId }: Company, mailId: string) => {
  const [row] = await sql.query<{ s: number }>(
    `select extract(epoch from m.next_attempt_at - a.ended_at)::float8 as s from mail m
     join attempt a on a.tenant_id = m.tenant_id and a.mail_id = m.id
     where m.tenant_id = $1 and m.id = $2 order by a.number desc limit 1`,
    [tenantId, mailId],
  );
  return row?.s ?? 0;
};

describe("HELO Domain", () => {
  it("empty is the worker's name, else what stands there", async () => {
    const blank = await world();
    const own = await world({}, { helo_domain: "ferry.contoso.example" });
    await mailComes(blank.company, await addMail(blank.company), { place: "delivered" });
    await mailComes(own.company, await addMail(own.company), { place: "delivered" });
    expect(blank.ex.mails[0]?.helo).toBe("ferry.test.example");
    expect(own.ex.mails[0]?.helo).toBe("ferry.contoso.example");
  });
});

describe("settings saved while a connection is open", () => {
  it("what the old connection carries ends there; the next mail goes to the new server, by the new settings", async () => {
    const { ex: old, company } = await world({ dotDelayMs: 300 }, { max_connections: 1 });
    const next = await startExchange();
    here.stopLater(next);
    const mails = [await addMail(company), await addMail(company), await addMail(company)];
    await until(
      async () => old.commands.filter((line) => line.startsWith("DATA")).length,
      (sent) => sent === 1,
    );
    const { tenantId, exchangeId } = company;
    await sqlTransaction(
      here.db.owner.pool,
      async (sql) => {
        await sql.query("update exchange set port = $3 where tenant_id = $1 and id = $2", [
          tenantId,
          exchangeId,
          next.port,
        ]);
        await laneAfterSettingsChange(sql, tenantId, exchangeId);
      },
      tenantId,
    );
    for (const id of mails) await mailComes(company, id, { place: "delivered" });
    expect([old.mails.length, next.mails.length]).toEqual([1, 2]);
  });

  it("a connection of before moves the lane no more", async () => {
    const { ex, company } = await world({ dotDelayMs: 400, loseAnswers: 1 }, { max_connections: 1 });
    await addMail(company);
    await until(
      async () => ex.commands.filter((line) => line.startsWith("DATA")).length,
      (sent) => sent === 1,
    );
    await sqlTransaction(
      here.db.owner.pool,
      (sql) => laneAfterSettingsChange(sql, company.tenantId, company.exchangeId),
      company.tenantId,
    );
    await allQuiet(company);
    const { rows } = await here.db.owner.pool.query("select cut_count from lane where tenant_id = $1", [
      company.tenantId,
    ]);
    expect(rows).toEqual([{ cut_count: 0 }]);
  });
});

describe("Timeout", () => {
  it("rules every answer but the one to the mail's end, which has ten minutes in any case", async () => {
    expect(dotTimeoutMs).toBe(600_000);
    const { ex, company } = await world({ dotDelayMs: 3500 }, { timeout_seconds: 2 });
    await mailComes(company, await addMail(company), { place: "delivered", possible_copies: 0 });
    // A 5xx that is held back for longer: no answer to MAIL in time.
    ex.options.tarpitMs = 9000;
    ex.options.replies = { mail: "550 5.0.0 much later" };
    await allQuiet(company);
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", attempts: 1, reason_kind: "cut" });
    expect((await mailOf(company, id)).reason).toContain("no answer within 2 s, waiting for the answer to MAIL");
  });
});

describe("Retry failed emails", () => {
  it("counts per mail from the end of its last attempt; Try all now ignores it once", async () => {
    const { ex, company } = await world(
      { replies: { dot: "451 4.7.1 later" }, dotDelayMs: 1500 },
      { retry_minutes: 7 },
    );
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", attempts: 1 });
    expect(await waitOf(company, id)).toBeCloseTo(420, 0);
    ex.options.dotDelayMs = 0;
    await allQuiet(company);
    await tryAllNow(mintScope(here.db.web, company.tenantId, { kind: "command", name: "t" }));
    await mailComes(company, id, { state: "ready", attempts: 2 });
    expect(await waitOf(company, id)).toBeCloseTo(420, 0);
  });
});

describe("Allow StartTLS", () => {
  it("ticked uses it where it is offered and goes without where it is not; unticked never asks", async () => {
    const offered = { certificate: await certificate() };
    const allow = await world(offered);
    const off = await world(offered, { tls: "off" });
    const bare = await world();
    for (const { company } of [allow, off, bare])
      await mailComes(company, await addMail(company), { place: "delivered" });
    expect(allow.ex.mails[0]?.tls).toBe("TLSv1.3");
    expect(off.ex.mails[0]?.tls).toBeNull();
    expect(verbs(off.ex)).not.toContain("STARTTLS");
    expect(bare.ex.mails[0]?.tls).toBeNull();
  });

  it("a failed handshake never falls back: the mail waits, and the reason names both ways out", async () => {
    const { ex, company } = await world({ certificate: await certificate(), brokenHandshake: "clear" });
    const id = await addMail(company);
    const lane = await laneIs(company, "open");
    expect(lane).toMatchObject({ reason_kind: "tls" });
    expect(lane.reason).toMatch(/not sent in clear\. Mend TLS there.*or untick Allow StartTLS/);
    expect(await mailOf(company, id)).toMatchObject({ state: "ready", attempts: 0, place: "waiting" });
    expect(verbs(ex)).not.toContain("MAIL");
    ex.options.brokenHandshake = null;
    await timePasses(company);
    await mailComes(company, id, { place: "delivered" });
  });

  it("required and taken away on the way: nothing is sent", async () => {
    const { ex, company } = await world({}, { tls: "require" });
    const id = await addMail(company);
    expect((await laneIs(company, "open")).reason).toContain("does not offer StartTLS, which is required here");
    expect(verbs(ex)).not.toContain("MAIL");
    expect((await mailOf(company, id)).attempts).toBe(0);
  });

  it("oldest TLS: an older server is refused by name, and taken once 1.0 is allowed", async () => {
    const { ex, company } = await world({ certificate: await certificate(), newestTls: "TLSv1" });
    const id = await addMail(company);
    expect((await laneIs(company, "open")).reason).toMatch(/TLS version/);
    await company.sql.query("update exchange set oldest_tls = '1.0' where tenant_id = $1", [company.tenantId]);
    await timePasses(company);
    await mailComes(company, id, { place: "delivered" });
    expect(ex.mails[0]?.tls).toBe("TLSv1");
  });

  it("implicit TLS: encrypted from the first byte; a server that greets in clear there is named", async () => {
    const right = await world({ certificate: await certificate(), tls: "implicit" }, { tls: "implicit" });
    await mailComes(right.company, await addMail(right.company), { place: "delivered" });
    expect(right.ex.mails[0]?.tls).toBe("TLSv1.3");
    const wrong = await world({}, { tls: "implicit" });
    await addMail(wrong.company);
    expect((await laneIs(wrong.company, "open")).reason).toContain(
      "Exchange has no implicit TLS here: choose StartTLS",
    );
  });
});

describe("User name", () => {
  it("without encryption no AUTH ever leaves, though the server offers it in clear", async () => {
    for (const tls of ["allow", "off"]) {
      const { ex, company } = await world(
        { auth: ["LOGIN", "PLAIN"], users: { ferry: "x" } },
        { username: "ferry", tls, certificate: "system", certificate_name: "localhost" },
      );
      const id = await addMail(company);
      expect((await laneIs(company, "open")).reason).toMatch(/never sent unencrypted/);
      expect(verbs(ex).filter((verb) => verb === "AUTH" || verb === "MAIL")).toEqual([]);
      expect((await mailOf(company, id)).attempts).toBe(0);
    }
  });

  it("nor to a certificate that is not checked, nor to one that this system can't verify", async () => {
    const offered = { certificate: await certificate(), auth: ["LOGIN"], users: { ferry: "x" } };
    for (const rule of ["any", "system"]) {
      const { ex, company } = await world(offered, {
        username: "ferry",
        certificate: rule,
        certificate_name: "localhost",
      });
      await addMail(company);
      await laneIs(company, "open");
      expect(verbs(ex).filter((verb) => verb === "AUTH" || verb === "MAIL")).toEqual([]);
    }
  });
});

describe("Certificate", () => {
  it("system checks the name on the certificate: the host's, unless another is given", async () => {
    const { company } = await world(
      { certificate: await certificate() },
      { certificate: "system", certificate_name: "mail.contoso.example" },
    );
    await addMail(company);
    const lane = await laneIs(company, "open");
    expect(lane).toMatchObject({ reason_kind: "certificate" });
    expect(lane.certificate_change?.seen.fingerprint).toBe((await certificate()).fingerprint);
  });
});

describe("Most connections at once", () => {
  it("is never exceeded, and used when there is mail for it", async () => {
    for (const most of [1, 3]) {
      const { ex, company } = await world({ dotDelayMs: 150 }, { max_connections: most });
      let peak = 0;
      ex.options.replies = {
        mail: () => {
          peak = Math.max(peak, ex.connections.now);
          return null;
        },
      };
      const ids: string[] = [];
      await until(
        async () => {
          if (ids.length < 200) ids.push(await addMail(company));
          return peak;
        },
        (n) => n >= most,
      );
      for (let n = 0; n < 4; n += 1) ids.push(await addMail(company));
      for (const id of ids) await mailComes(company, id, { place: "delivered" }, 30_000);
      expect(peak).toBe(most);
    }
  });

  it("421 4.3.2 beside live connections: one fewer than there were, everything flows, the lane is never down", async () => {
    const { ex, company } = await world({ dotDelayMs: 100, maxConnections: 3 }, { max_connections: 6 });
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push(await addMail(company));
    const states = new Set<string>();
    await until(
      async () => {
        const lane = await laneOf(company);
        states.add(lane.state);
        if (lane.cap !== null) await timePasses(company);
        return Promise.all(ids.map((id) => mailOf(company, id)));
      },
      (mails) => mails.every(({ place }) => place === "delivered"),
      40_000,
    );
    const { cap } = await laneOf(company);
    expect(cap).toBeGreaterThanOrEqual(1);
    expect(cap).toBeLessThanOrEqual(5);
    expect([...states]).toEqual(["closed"]);
    expect(ex.mails).toHaveLength(20);
    const charged = await company.sql.query("select 1 from mail where tenant_id = $1 and attempts <> 1", [
      company.tenantId,
    ]);
    expect(charged).toEqual([]);
  });
});
