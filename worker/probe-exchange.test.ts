// Test settings against scripted servers: for each thing that can be wrong, the sentence, the field and its new value.
import { randomUUID } from "node:crypto";
import net from "node:net";
import pino from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ExchangeSettings, exchangeDefaults } from "@/domain/exchange/schema";
import type { ProbeEvent } from "@/domain/probe/run-lines";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { certificate } from "@/test/servers/certificates";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { runExchangeProbe } from "./probe-exchange";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let scope: TenantScope;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  db = await testDatabase();
  const tenant = await db.owner.prisma.tenant.create({
    data: { slug: "a", name: "Contoso", timeZone: "Europe/Berlin" },
  });
  scope = mintScope(db.worker, tenant.id, { kind: "worker", workerId: randomUUID(), name: "w" });
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => db.drop());

const context = (over: Partial<WorkerContext["env"]> = {}): WorkerContext =>
  ({
    db: db.worker,
    name: "ferry.provider.example",
    env: {
      allowNetworks: ["127.0.0.0/8"],
      denyNetworks: [],
      url: "",
      portalPort: 3000,
      mailFrom: "test@provider.example",
      ...over,
    },
    log: pino({ level: "silent" }),
    clock: () => new Date("2026-07-01T10:00:00Z"),
    // The test reads nothing else of its context.
  }) as unknown as WorkerContext;

const settings = (over: Partial<ExchangeSettings> = {}): ExchangeSettings => ({
  ...exchangeDefaults,
  host: "127.0.0.1",
  timeoutSeconds: 5,
  postmaster: "postmaster@contoso.example",
  notify: { spam: true, unknownRecipient: false, badmail: true, collecting: true },
  ...over,
});

/** A text part as people read it: quoted-printable undone. */
const readable = (raw: Buffer) =>
  Buffer.from(
    raw
      .toString("latin1")
      .replace(/=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString();

/** What the probe's row would be told. */
let kept: string[] = [];
const code = {
  digits: "482913",
  keep: async () => {
    kept.push("482913");
  },
};

async function test(
  over: Partial<ExchangeSettings>,
  more: { password?: string; signal?: AbortSignal; exchangeId?: string; receivers?: string[] | null } = {},
) {
  const events: ProbeEvent[] = [];
  const verdict = await runExchangeProbe(
    context(),
    scope,
    {
      settings: settings(over),
      password: more.password ?? null,
      exchangeId: more.exchangeId ?? null,
      requestedBy: "Ann",
      code,
      receivers: more.receivers ?? null,
    },
    (event) => events.push(event),
    more.signal ?? new AbortController().signal,
  );
  return { verdict, events, text: events.map(({ text }) => text).join("\n") };
}

async function exchange(wish: Partial<ExchangeOptions> = {}): Promise<ExchangeServer> {
  const server = await startExchange(wish);
  closers.push(() => server.stop());
  return server;
}

/** A server that says this at once, or nothing, or hangs up. */
async function bare(greeting: string | null): Promise<{ port: number }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (greeting === null) socket.destroy();
    else if (greeting) socket.write(greeting);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  const at = server.address();
  return { port: typeof at === "object" && at ? at.port : 0 };
}

interface Row {
  server: Partial<ExchangeOptions> | (() => Promise<{ port: number }>);
  settings?: Partial<ExchangeSettings>;
  password?: string;
  case: string;
  field?: string;
  suggestion?: string;
  sentence: RegExp;
}
const dot = (reply: string): Partial<ExchangeOptions> => ({ replies: { dot: reply } });
const selfSigned = async (more: Partial<ExchangeOptions> = {}) =>
  exchange({ tls: "starttls", certificate: await certificate(), ...more });
const onlyOutside = (reply: string): Partial<ExchangeOptions> => ({
  replies: { mail: (line) => (line.includes("<>") ? null : reply) },
});
const signIn = { username: "CONTOSO\\ferry", tls: "require", certificate: "system" } as const;

const rows: Record<string, Row> = {
  "nothing listens": {
    server: async () => ({ port: 1 }),
    case: "refused connection",
    field: "port",
    suggestion: "25",
    sentence: /takes mail from other servers at 25/,
  },
  "another service": {
    server: () => bare("HTTP/1.1 400 Bad Request\r\n\r\n"),
    case: "no mail server",
    field: "port",
    sentence: /no mail server/,
  },
  "hangs up": { server: () => bare(null), case: "hung up at once", field: "port", sentence: /closed the connection/ },
  "is silent": {
    server: () => bare(""),
    settings: { timeoutSeconds: 1 },
    case: "no greeting",
    field: "port",
    sentence: /does not greet within 1 s/,
  },
  "implicit TLS on a plain port": {
    server: {},
    settings: { tls: "implicit" },
    case: "no implicit TLS",
    field: "tls",
    suggestion: "allow",
    sentence: /choose StartTLS/,
  },
  "no StartTLS": {
    server: {},
    settings: { tls: "require" },
    case: "StartTLS missing",
    field: "tls",
    suggestion: "allow",
    sentence: /does not offer StartTLS/,
  },
  "no StartTLS for a password": {
    server: {},
    settings: { ...signIn },
    password: "secret-1",
    case: "StartTLS missing, user name given",
    field: "username",
    sentence: /never sent unencrypted/,
  },
  "handshake broken": {
    server: () => selfSigned({ brokenHandshake: "close" }),
    case: "handshake failed",
    field: "tls",
    suggestion: "off",
    sentence: /mend TLS there, or untick Allow StartTLS/,
  },
  "handshake in clear": {
    server: () => selfSigned({ brokenHandshake: "clear" }),
    case: "handshake failed",
    field: "tls",
    sentence: /TLS handshake/,
  },
  "handshake silent": {
    server: () => selfSigned({ brokenHandshake: "silent" }),
    settings: { timeoutSeconds: 1 },
    case: "handshake failed",
    field: "tls",
    sentence: /did not end/,
  },
  "old TLS only": {
    server: () => selfSigned({ newestTls: "TLSv1.1" }),
    case: "old TLS",
    field: "oldestTls",
    suggestion: "1.0",
    sentence: /Oldest TLS to 1.0/,
  },
  "self-signed, system asked for": {
    server: () => selfSigned(),
    settings: { certificate: "system", certificateName: "localhost" },
    case: "certificate of nobody known",
    field: "certificate",
    sentence: /can't verify .*self-signed.*trust this one/,
  },
  "expired certificate": {
    server: async () => selfSigned({ certificate: await certificate({ signed: true, expired: true }) }),
    settings: { certificate: "system" },
    case: "expired certificate",
    field: "certificate",
    sentence: /renew it in Exchange, or trust this one/,
  },
  "another pin": {
    server: () => selfSigned(),
    settings: { certificate: `sha256:${"a".repeat(64)}` },
    case: "another certificate than the trusted one",
    field: "certificate",
    sentence: /another certificate than the one you trusted/,
  },
  "StartTLS offered, not meant": {
    server: () => selfSigned({ replies: { starttls: "454 4.7.0 TLS not available" } }),
    case: "StartTLS refused",
    field: "tls",
    sentence: /454 4.7.0/,
  },
  "refused by address": {
    server: { replies: { connect: "554 5.7.1 No SMTP service here for you" } },
    case: "refuses this worker",
    field: "host",
    sentence: /refuses this worker/,
  },
  "too many connections": {
    server: {
      replies: {
        connect:
          "421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel",
      },
    },
    case: "too many connections",
    field: "maxConnections",
    sentence: /Most connections at once/,
  },
  busy: {
    server: { replies: { connect: "421 4.3.0 Service not available" } },
    case: "busy",
    sentence: /Test again in some minutes/,
  },
  "HELO refused": {
    server: { replies: { ehlo: "501 5.5.4 Invalid domain name" } },
    case: "HELO refused",
    field: "heloDomain",
    sentence: /set HELO Domain/,
  },
  "must encrypt": {
    server: { tls: "starttls", requireTls: true },
    settings: { tls: "off" },
    case: "must encrypt",
    field: "tls",
    suggestion: "allow",
    sentence: /tick Allow StartTLS/,
  },
  "asks for a sign-in": {
    server: { requireAuth: true },
    case: "asks for a sign-in",
    field: "username",
    sentence: /without a sign-in/,
  },
  "may not send for others": {
    server: { refuseSendAs: true },
    case: "may not send for others",
    field: "port",
    suggestion: "25",
    sentence: /outside senders/,
  },
  "domain not accepted": {
    server: { domains: ["fabrikam.example"] },
    case: "domain not accepted",
    field: "postmaster",
    sentence: /Accepted Domains/,
  },
  "null sender refused after the dot": {
    server: { refuseNullSender: true },
    case: "null sender refused",
    sentence: /every notice would be refused/,
  },
  "outside sender refused": {
    server: onlyOutside("550 5.1.8 Sender denied, domain does not exist"),
    case: "test sender refused",
    sentence: /MAILFERRY_MAIL_FROM/,
  },
  "postmaster unknown": {
    server: { recipients: ["jens@contoso.example"], filter: "rcpt" },
    case: "postmaster unknown",
    field: "postmaster",
    sentence: /no address postmaster@contoso.example/,
  },
  "postmaster unknown, after the dot": {
    server: { recipients: ["jens@contoso.example"], filter: "dot" },
    case: "postmaster unknown",
    field: "postmaster",
    sentence: /correct Postmaster/,
  },
  "taken for spam": {
    server: dot("550 5.7.1 Message rejected as spam by Content Filtering."),
    case: "taken for spam",
    sentence: /took the test mail for spam/,
  },
  "short of space": {
    server: { replies: { mail: "452 4.3.1 Insufficient system resources" } },
    case: "short of space",
    sentence: /short of disk space/,
  },
  "mailbox full": {
    server: dot("552 5.2.2 Mailbox full"),
    case: "mailbox full",
    field: "postmaster",
    sentence: /is full/,
  },
  greylisted: {
    server: { replies: { rcpt: "451 4.7.1 Greylisting in action, please come back later" } },
    case: "greylisted",
    sentence: /exempt this worker's address/,
  },
  "hangs up in the middle": { server: { drop: "data" }, case: "cut in the middle", sentence: /SMTP fixup/ },
  "refused for a reason of its own": {
    server: dot("554 5.6.0 STOREDRV.Submit.Exception"),
    case: "refused",
    sentence: /at DOT/,
  },
};

describe("Test settings says which field to change and to what", () => {
  it.each(Object.entries(rows))("%s", async (_, row) => {
    const server = typeof row.server === "function" ? await row.server() : await exchange(row.server);
    const { verdict, text } = await test(
      { port: server.port, ...row.settings },
      row.password ? { password: row.password } : {},
    );
    expect(verdict).toMatchObject({ ok: false, facts: { case: row.case } });
    expect(verdict.sentence).toMatch(row.sentence);
    expect(verdict.field).toBe(row.field);
    if (row.suggestion !== undefined) expect(verdict.suggestion).toBe(row.suggestion);
    if (row.password) expect(`${text}${JSON.stringify(verdict)}`).not.toContain(row.password);
  });

  it("names a host that nobody may dial, and dials nobody", async () => {
    const { verdict } = await test({ host: "169.254.169.254" });
    expect(verdict).toMatchObject({ ok: false, field: "host", facts: { case: "host refused" } });
  });

  it("puts the code into the subject of the mail like a notice alone, remembered before that mail goes", async () => {
    kept = [];
    const server = await exchange();
    const { verdict, text } = await test({ port: server.port });
    const [notice, collected] = await server.arrived(2);
    expect(notice).toMatchObject({ sender: "", subject: "Code 482 913: Mailferry test 1 of 2, a mail like a notice" });
    expect(collected?.raw.toString()).not.toMatch(/482 ?913/);
    expect(notice?.raw.toString().replace(/^Subject:.*$/m, "")).not.toMatch(/482 ?913/);
    expect(verdict.facts.noticeTaken).toBe(true);
    expect(`${text}${JSON.stringify(verdict)}`).not.toMatch(/482 ?913/);
    expect(kept).toEqual(["482913"]);

    const refusing = await exchange({ filter: "rcpt", recipients: [] });
    expect((await test({ port: refusing.port })).verdict.facts.noticeTaken).toBe(false);
    expect(kept).toHaveLength(2);
  });

  it("never dials Mailferry's own database", async () => {
    const server = await exchange();
    const own = { ...context(), env: { ...context().env, databaseUrl: `postgresql://w:p@localhost:${server.port}/m` } };
    const to = { password: null, exchangeId: null, requestedBy: "Ann", receivers: null, code };
    const asked = { settings: settings({ port: server.port }), ...to };
    const verdict = await runExchangeProbe(own, scope, asked, () => {}, new AbortController().signal);
    expect(verdict).toMatchObject({ ok: false, field: "host", facts: { case: "host refused" } });
    expect(server.connections.total).toBe(0);
  });

  it("of a refused sign-in, and shows no password", async () => {
    const own = await certificate();
    const server = await selfSigned({ auth: ["LOGIN"], users: { ferry: "right-password" } });
    const pinned = {
      port: server.port,
      username: "ferry",
      tls: "require",
      certificate: `sha256:${own.fingerprint}`,
    } as const;
    const wrong = await test(pinned, { password: "wrong-password" });
    expect(wrong.verdict).toMatchObject({ ok: false, field: "password", facts: { case: "sign-in refused" } });
    expect(wrong.text).not.toContain("wrong-password");
    expect(wrong.text).not.toContain(Buffer.from("wrong-password").toString("base64"));
    const none = await selfSigned({ auth: ["NTLM"] });
    expect((await test({ ...pinned, port: none.port }, { password: "any-password" })).verdict.facts.case).toBe(
      "no way to sign in",
    );
    server.options.refuseSendAs = true;
    const sendAs = await test(pinned, { password: "right-password" });
    expect(sendAs.verdict).toMatchObject({
      field: "username",
      suggestion: "",
      facts: { case: "may not send for others" },
    });
    expect(sendAs.verdict.command).toContain(
      "Add-ADPermission -User 'ferry' -ExtendedRights ms-Exch-SMTP-Accept-Any-Sender",
    );
  });
});

describe("Test settings on a right server", () => {
  it("sends a mail like a notice and one like a collected mail, and says so", async () => {
    const server = await exchange();
    const { verdict, text } = await test({ port: server.port });
    expect(verdict).toMatchObject({ ok: true, facts: { case: "right" } });
    expect(verdict.sentence).toMatch(/^Exchange took a mail like a notice/);
    expect(server.mails.map(({ sender, recipients }) => [sender, recipients])).toEqual([
      ["", ["postmaster@contoso.example"]],
      ["test@provider.example", ["postmaster@contoso.example"]],
    ]);
    for (const mail of server.mails) {
      expect(mail.subject).toContain("Mailferry test");
      expect(readable(mail.raw)).toContain("Ann pressed “Test settings”");
      expect(mail.helo).toBe("ferry.provider.example");
    }
    expect(text).toContain("Test by the worker ferry.provider.example");
    expect(text).toMatch(/Exchange greets this worker as: .*127\.0\.0\.1/);
    expect(text).toContain("Largest mail it takes: 37.7 MB");
  });

  it("sends what a notice is like to others who are told; who is refused is named, and the server is still right", async () => {
    const recipients = ["postmaster@contoso.example", "ann@contoso.example"];
    const server = await exchange({ recipients, filter: "rcpt" });
    const receivers = ["ann@contoso.example", "ben@contoso.example"];
    const { verdict, text } = await test({ port: server.port }, { receivers });
    expect(verdict).toMatchObject({
      ok: true,
      sentence: expect.stringContaining("But notices to ben@contoso.example don't arrive"),
    });
    expect(text).toMatch(/to ben@contoso\.example[\s\S]*\n550 /);
    const told = server.mails.map(({ sender, recipients }) => `${sender} ${recipients}`);
    expect(told.slice(2)).toEqual([" ann@contoso.example"]);
    expect(server.mails[2]?.raw.toString()).not.toContain("482913");
    for (const mail of server.mails) expect(readable(mail.raw)).toContain("Ann pressed “Send a test notice”");
  });

  it("of others who are told, keeps apart who is refused, who can't be told now, and who was not tried", async () => {
    const server = await exchange({
      replies: {
        rcpt: (line) => {
          if (line.includes("<no@")) return "550 5.1.1 User unknown";
          if (line.includes("<later@")) return "451 4.7.1 Come back later";
          if (line.includes("<lost@")) server.options.loseAnswers = 1;
          return null;
        },
      },
    });
    const receivers = ["yes", "no", "later", "lost", "after", "last"].map((name) => `${name}@contoso.example`);
    const notify = { spam: true, unknownRecipient: true, badmail: true, collecting: true };
    const { verdict, text } = await test({ port: server.port, notify }, { receivers });
    expect(text).not.toContain("does not exist");
    expect(verdict).toMatchObject({ ok: true, facts: { case: "right", receiversTried: 4 } });
    expect(verdict.sentence).toContain("notices to no@contoso.example don't arrive");
    expect(verdict.sentence).toContain(
      "Whether notices to later@contoso.example, lost@contoso.example arrive can't be told now",
    );
    expect(verdict.sentence).toContain("ended before after@contoso.example, last@contoso.example were tried");
  });

  it("whom time does not reach is not tried, which the verdict outlives; a person's stop ends it", async () => {
    const receivers = ["first", "second", "third"].map((name) => `${name}@contoso.example`);
    const endedBy = async (reason?: DOMException, postmaster: string | null = null) => {
      const end = new AbortController();
      const rcpt = (line: string) => {
        if (line.includes("<second@")) end.abort(reason);
        return line.includes("<postmaster@") ? postmaster : null;
      };
      const server = await exchange({ replies: { rcpt } });
      return (await test({ port: server.port }, { receivers, signal: end.signal })).verdict;
    };
    const late = await endedBy(new DOMException("late", "TimeoutError"));
    expect(late).toMatchObject({ ok: true, facts: { receiversTried: 1 } });
    expect(late.sentence).toContain("before second@contoso.example, third@contoso.example were tried");
    const refused = await endedBy(new DOMException("late", "TimeoutError"), "550 5.1.1 User unknown");
    expect(refused).toMatchObject({ ok: false, facts: { case: "postmaster unknown", receiversTried: 1 } });
    expect(await endedBy()).toMatchObject({ ok: false, facts: { case: "stopped" } });
  });

  it("asks about unknown addresses when their box is ticked, and remembers the answer", async () => {
    const notify = { spam: true, unknownRecipient: true, badmail: true, collecting: true };
    const recipients = ["postmaster@contoso.example"];
    const server = await exchange({ recipients, filter: "off" });
    const saved = await db.owner.prisma.exchange.create({
      data: {
        tenantId: scope.tenantId,
        host: "127.0.0.1",
        port: server.port,
        postmaster: "postmaster@contoso.example",
      },
    });
    const known = async () => (await db.owner.prisma.exchange.findFirst({ where: { id: saved.id } }))?.acceptsUnknown;
    const accepted = await test({ port: server.port, notify }, { exchangeId: saved.id });
    expect(accepted.verdict).toMatchObject({ ok: true, field: "notify", facts: { acceptsUnknown: true } });
    expect(accepted.verdict.command).toContain("RecipientValidationEnabled");
    expect(server.mails[2]).toMatchObject({ sender: "" });
    expect(server.mails[2]?.recipients[0]).toMatch(/^mailferry-test-[0-9a-f]{12}@contoso\.example$/);
    expect(await known()).toBe(true);
    for (const filter of ["rcpt", "dot"] as const) {
      server.options.filter = filter;
      const refused = await test({ port: server.port, notify }, { exchangeId: saved.id });
      expect(refused.verdict).toMatchObject({ ok: true, facts: { acceptsUnknown: false } });
      expect(refused.text).toContain(filter === "rcpt" ? "Refused at RCPT" : "Refused after the mail");
    }
    expect(await known()).toBe(false);
    // Another server than the saved one: what it does is not remembered.
    const other = await exchange({ recipients, filter: "off" });
    await test({ port: other.port, notify }, { exchangeId: saved.id });
    expect(await known()).toBe(false);
    await db.owner.prisma.exchange.deleteMany();
  });

  it("notes StartTLS that is left unused, and a certificate that could be trusted", async () => {
    const server = await selfSigned();
    const off = await test({ port: server.port, tls: "off" });
    expect(off.verdict).toMatchObject({ ok: true, field: "tls", suggestion: "allow" });
    const allow = await test({ port: server.port });
    expect(allow.verdict.ok).toBe(true);
    const own = await certificate();
    expect(allow.events.find(({ kind }) => kind === "certificate")?.facts).toMatchObject({
      fingerprint: own.fingerprint,
      verified: false,
    });
    expect(allow.events.find(({ facts }) => facts?.trustable)?.facts).toMatchObject({ fingerprint: own.fingerprint });
  });

  it("says that all goes in clear where StartTLS is allowed and not offered", async () => {
    const server = await exchange();
    const allow = await test({ port: server.port });
    expect(allow.text).toContain("It offers no StartTLS");
    expect(allow.verdict).toMatchObject({
      ok: true,
      field: "tls",
      sentence: expect.stringContaining("travels unencrypted"),
    });
    const off = await test({ port: server.port, tls: "off" });
    expect(off.text).not.toContain("StartTLS");
    expect(off.verdict.sentence).not.toContain("unencrypted");
  });

  it("waits for a late answer to the mail's end beyond the timeout, and says so while it waits", async () => {
    const server = await exchange({ dotDelayMs: 6500 });
    const running = test({ port: server.port, timeoutSeconds: 5 });
    await server.arrived(1, 25_000);
    server.options.dotDelayMs = 0;
    const { verdict, events } = await running;
    expect(verdict.ok).toBe(true);
    expect(events.find(({ facts }) => facts?.waitingSeconds)?.text).toMatch(/^waiting for Exchange's answer, 0:0\d$/);
  });

  it("stops when told to, while Exchange is still thinking", async () => {
    const server = await exchange({ dotDelayMs: 60_000 });
    const stop = new AbortController();
    const running = test({ port: server.port }, { signal: stop.signal });
    await server.arrived(1, 5000).catch(() => {});
    await expect.poll(() => server.commands.includes("DATA")).toBe(true);
    stop.abort();
    expect((await running).verdict).toMatchObject({ ok: false, facts: { case: "stopped" } });
  });
});
