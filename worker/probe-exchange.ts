// Test settings of an Exchange server: connects with the code that delivers real mail, sends its test mails, says what it met.

import type { ExchangeSettings } from "@/domain/exchange/schema";
import { mailFrom } from "@/domain/notice/sender";
import { rememberAcceptsUnknown } from "@/domain/probe/run";
import type { TestStep, Trouble } from "@/domain/probe/run-exchange-case";
import {
  collectedLikeMail,
  noticeLikeMail,
  type TestMail,
  type TestMailFacts,
  unknownAddressMail,
} from "@/domain/probe/run-exchange-mails";
import { type Advice, exchangeAdvice, passedAdvice } from "@/domain/probe/run-exchange-verdict";
import type { Emit } from "@/domain/probe/run-lines";
import type { ProbeVerdict } from "@/domain/probe/schema";
import type { TenantScope } from "@/domain/scope";
import { HostFault, networkPolicy, resolveAllowed } from "@/mail/network";
import { type SendResult, type SmtpConnection, SmtpFault, type SmtpSettings } from "@/mail/smtp";
import { connectSmtp } from "@/mail/smtp-session";
import type { WorkerContext } from "./room";
import { ownDoors } from "./session-open";

export interface ExchangeProbeInput {
  settings: ExchangeSettings;
  password: string | null;
  /** the saved server, when there is one */
  exchangeId: string | null;
  requestedBy: string;
}

const answerWaitMs = 600_000;
const waitingLineMs = 5_000;

export async function runExchangeProbe(
  context: WorkerContext,
  scope: TenantScope,
  input: ExchangeProbeInput,
  emit: Emit,
  signal: AbortSignal,
): Promise<ProbeVerdict> {
  const { settings } = input;
  const from = mailFrom(context.env.mailFrom, context.name);
  const test = new ExchangeTest(settings, emit, from);
  emit({ kind: "step", text: `Test by the worker ${context.name}` });
  let connection: SmtpConnection | null = null;
  try {
    const { address } = await resolveAllowed(
      settings.host,
      networkPolicy(context.env.allowNetworks, context.env.denyNetworks, ownDoors(context.env.databaseUrl)),
      {
        port: settings.port,
        timeoutMs: settings.timeoutSeconds * 1000,
      },
    );
    const smtp = smtpSettings(context, settings, address, input.password);
    connection = await connectSmtp(smtp, { onWire: emit, signal });
    test.opened(connection);
    const facts = await mailFacts(context, scope, input, from);
    await test.send("notice", await noticeLikeMail(facts), "A mail like a notice: empty sender, to the postmaster");
    await test.send(
      "collected",
      await collectedLikeMail(facts),
      `A mail like a collected one: from ${from}, to the postmaster`,
    );
    if (settings.notify.unknownRecipient && !test.trouble) await test.tryUnknown(await unknownAddressMail(facts));
    await connection.quit();
  } catch (error) {
    if (error instanceof HostFault) return hostVerdict(error, emit);
    if (!(error instanceof SmtpFault)) throw error;
    test.broke(error);
  } finally {
    connection?.destroy();
  }
  if (input.exchangeId && test.acceptsUnknown !== null)
    await rememberAcceptsUnknown(scope, input.exchangeId, settings, test.acceptsUnknown);
  return test.verdict();
}

function smtpSettings(
  { name }: WorkerContext,
  settings: ExchangeSettings,
  address: string,
  password: string | null,
): SmtpSettings {
  const timeoutMs = settings.timeoutSeconds * 1000;
  return {
    host: settings.host,
    address,
    port: settings.port,
    tls: settings.tls,
    wish: {
      certificate: settings.certificate,
      name: settings.certificateName || settings.host,
      oldest: settings.oldestTls,
    },
    timeoutMs,
    dotTimeoutMs: Math.max(timeoutMs, answerWaitMs),
    heloName: settings.heloDomain || name,
    username: settings.username,
    password,
  };
}

async function mailFacts(
  { clock, name }: WorkerContext,
  scope: TenantScope,
  { settings, requestedBy }: ExchangeProbeInput,
  from: string,
): Promise<TestMailFacts> {
  const tenant = await scope.db.prisma.tenant.findUniqueOrThrow({ where: { id: scope.tenantId } });
  return {
    postmaster: settings.postmaster,
    mailFrom: from,
    workerName: name,
    tenantName: tenant.name,
    timeZone: tenant.timeZone,
    requestedBy,
    now: clock(),
  };
}

function hostVerdict(fault: HostFault, emit: Emit): ProbeVerdict {
  emit({ kind: "fail", text: fault.message });
  return { ok: false, sentence: fault.message, field: "host", facts: { case: `host ${fault.kind}` } };
}

/** What one test has found out so far. */
class ExchangeTest {
  trouble: Trouble | null = null;
  acceptsUnknown: boolean | null = null;
  private connection: SmtpConnection | null = null;
  private step: TestStep = "open";

  constructor(
    private readonly settings: ExchangeSettings,
    private readonly emit: Emit,
    private readonly from: string,
  ) {}

  opened(connection: SmtpConnection) {
    this.connection = connection;
    const { greetsUs, sizeLimit, extensions, encrypted, certificate, accepted } = connection.facts;
    const note = (text: string, facts = {}) => this.emit({ kind: "note", text, facts });
    if (greetsUs) note(`Exchange greets this worker as: ${greetsUs}`, { greetsUs });
    if (sizeLimit) note(`Largest mail it takes: ${(sizeLimit / 1_000_000).toFixed(1)} MB`, { sizeLimit });
    if (!extensions.some((row) => /^8BITMIME/i.test(row)))
      note("It does not offer 8BITMIME: mail with 8-bit text is sent as it is.");
    if (this.starttlsUnused()) note("It offers StartTLS, which these settings leave unused.");
    if (encrypted && accepted === "any" && certificate && !certificate.verified)
      note(`Its certificate is not checked by these settings (${certificate.problem ?? "not verified"}).`, {
        // Trusting pins the leaf, and is offered only for what this system can't verify.
        trustable: !certificate.verified,
        fingerprint: certificate.fingerprint,
      });
  }

  private starttlsUnused(): boolean {
    const facts = this.connection?.facts;
    return facts !== undefined && facts.starttlsOffered && !facts.encrypted;
  }

  /** One test mail. A refusal is remembered and the test goes on: it tells more. */
  async send(step: TestStep, mail: TestMail, what: string): Promise<void> {
    this.step = step;
    this.emit({ kind: "step", text: what });
    const result = await this.transmit(mail);
    switch (result.kind) {
      case "accepted":
        return this.emit({ kind: "ok", text: "Exchange took it" });
      case "refused":
        return this.note(step, result.stage, "reply", `refused at ${result.stage}`, result.reply);
      case "unsendable":
        return this.note(step, "mail", "unsendable", result.why, null);
    }
  }

  /** Refused at RCPT, refused after the mail, or accepted: then no notice about unknown addresses will ever come. */
  async tryUnknown(mail: TestMail): Promise<void> {
    this.step = "unknown";
    this.emit({ kind: "step", text: `A mail to an address that does not exist: ${mail.recipient}` });
    const result = await this.transmit(mail);
    if (result.kind === "accepted") {
      this.acceptsUnknown = true;
      this.emit({
        kind: "note",
        text: "Accepted: this server accepts unknown addresses",
        facts: { acceptsUnknown: true },
      });
    } else if (result.kind === "refused" && result.reply.code >= 500) {
      this.acceptsUnknown = false;
      const when = result.stage === "rcpt" ? "Refused at RCPT" : "Refused after the mail";
      this.emit({ kind: "ok", text: `${when}: unknown addresses are noticed`, facts: { acceptsUnknown: false } });
    } else {
      this.emit({ kind: "note", text: "It can't be told now whether this server refuses unknown addresses." });
    }
  }

  private async transmit(mail: TestMail): Promise<SendResult> {
    if (!this.connection) throw new Error("not connected");
    let waiting: NodeJS.Timeout | undefined;
    try {
      return await this.connection.send({
        sender: mail.sender,
        recipients: [mail.recipient],
        size: mail.bytes.length,
        eightBit: false,
        body: async function* () {
          yield mail.bytes;
        },
        beforeDot: async () => {
          waiting = this.sayWaiting();
        },
      });
    } finally {
      clearInterval(waiting);
    }
  }

  /** Exchange answers late on purpose: people see that something is still going on. */
  private sayWaiting(): NodeJS.Timeout {
    const since = Date.now();
    return setInterval(() => {
      const seconds = Math.round((Date.now() - since) / 1000);
      const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      this.emit({ kind: "note", text: `waiting for Exchange's answer, ${clock}`, facts: { waitingSeconds: seconds } });
    }, waitingLineMs);
  }

  broke(fault: SmtpFault) {
    // While asking about unknown addresses the rest has already been proved.
    if (this.step === "unknown" && fault.kind !== "aborted") return;
    this.trouble = null;
    this.note(this.step, fault.stage, fault.kind, fault.message, fault.reply, fault.certificate);
  }

  private note(
    step: TestStep,
    stage: Trouble["stage"],
    kind: Trouble["kind"],
    message: string,
    reply: Trouble["reply"],
    certificate: Trouble["certificate"] = null,
  ) {
    this.emit({ kind: "fail", text: reply ? `${reply.code} ${reply.text}` : message });
    const seenAs = this.connection?.facts.greetsUs ?? "";
    this.trouble ??= { step, stage, kind, message, reply, certificate, seenAs, mailFrom: this.from };
  }

  verdict(): ProbeVerdict {
    const facts = this.connection?.facts;
    const known = {
      greetsUs: facts?.greetsUs ?? null,
      sizeLimit: facts?.sizeLimit ?? null,
      encrypted: facts?.encrypted ?? false,
      certificate: facts?.certificate ?? this.trouble?.certificate ?? null,
      acceptsUnknown: this.acceptsUnknown,
    };
    const advice: Advice & { name?: string } = this.trouble
      ? exchangeAdvice(this.trouble, this.settings)
      : passedAdvice(
          {
            starttlsUnused: this.starttlsUnused(),
            acceptsUnknown: this.acceptsUnknown,
            sizeLimit: known.sizeLimit,
            uncheckedCertificate: facts?.accepted === "any",
          },
          this.settings,
        );
    const { name, ...shown } = advice;
    return { ok: this.trouble === null, ...shown, facts: { ...known, case: name ?? "right" } };
  }
}
