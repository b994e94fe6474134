// What a test of an Exchange server finds out, step by step, and the verdict that it comes to.
import type { ExchangeSettings } from "@/domain/exchange/schema";
import type { TestStep, Trouble } from "@/domain/probe/run-exchange-case";
import type { TestMail } from "@/domain/probe/run-exchange-mails";
import { type Advice, exchangeAdvice, passedAdvice } from "@/domain/probe/run-exchange-verdict";
import type { Emit } from "@/domain/probe/run-lines";
import type { ProbeVerdict } from "@/domain/probe/schema";
import type { SendResult, SmtpConnection, SmtpFault } from "@/mail/smtp";
import { Receivers } from "./probe-exchange-receivers";

const waitingLineMs = 5_000;

/** What one test has found out so far. */
export class ExchangeTest {
  trouble: Trouble | null = null;
  acceptsUnknown: boolean | null = null;
  /** the mail with the code in its subject is on its way to the postmaster */
  noticeTaken = false;
  private readonly receivers: Receivers;
  /** whom the mail under way is for */
  private trying = "";
  private connection: SmtpConnection | null = null;
  private step: TestStep = "open";

  constructor(
    private readonly settings: ExchangeSettings,
    private readonly emit: Emit,
    private readonly from: string,
    receivers: readonly string[],
  ) {
    this.receivers = new Receivers(receivers);
  }

  opened(connection: SmtpConnection) {
    this.connection = connection;
    const { greetsUs, sizeLimit, extensions, encrypted, certificate, accepted } = connection.facts;
    const note = (text: string, facts = {}) => this.emit({ kind: "note", text, facts });
    if (greetsUs) note(`Exchange greets this worker as: ${greetsUs}`, { greetsUs });
    if (sizeLimit) note(`Largest mail it takes: ${(sizeLimit / 1_000_000).toFixed(1)} MB`, { sizeLimit });
    if (!extensions.some((row) => /^8BITMIME/i.test(row)))
      note("It does not offer 8BITMIME: mail with 8-bit text is sent as it is.");
    if (this.starttlsUnused()) note("It offers StartTLS, which these settings leave unused.");
    if (this.starttlsMissing())
      note("It offers no StartTLS: everything goes unencrypted, though these settings allow it.");
    if (encrypted && accepted === "any" && certificate && !certificate.verified)
      note(`Its certificate is not checked by these settings (${certificate.problem ?? "not verified"}).`, {
        // Trusting pins the leaf, and is offered only for what this system can't verify.
        trustable: !certificate.verified,
        fingerprint: certificate.fingerprint,
      });
  }

  private starttlsUnused(): boolean {
    const facts = this.connection?.facts;
    return facts ? facts.starttlsOffered && !facts.encrypted : false;
  }

  /** Allowed and not there: what these settings wish for is not what happens. */
  private starttlsMissing(): boolean {
    const facts = this.connection?.facts;
    return facts ? this.settings.tls === "allow" && !facts.encrypted && !facts.starttlsOffered : false;
  }

  /** One test mail. A refusal is remembered and the test goes on: it tells more. */
  async send(step: TestStep, mail: TestMail, what: string): Promise<void> {
    this.step = step;
    this.emit({ kind: "step", text: what });
    const result = await this.transmit(mail);
    switch (result.kind) {
      case "accepted":
        if (step === "notice") this.noticeTaken = true;
        return this.emit({ kind: "ok", text: "Exchange took it" });
      case "refused":
        return this.note(step, result.stage, "reply", `refused at ${result.stage}`, result.reply);
      case "unsendable":
        return this.note(step, "mail", "unsendable", result.why, null);
    }
  }

  /** Whoever is refused here says nothing about the settings: the postmaster's mail has. On a lost line nobody is tried. */
  async tryReceiver(mail: TestMail): Promise<void> {
    if (!this.connection?.usable) return;
    this.step = "receiver";
    this.trying = mail.recipient;
    this.emit({ kind: "step", text: `A mail like a notice, to ${mail.recipient}` });
    const result = await this.transmit(mail);
    switch (result.kind) {
      case "accepted":
        this.receivers.became(mail.recipient, "taken");
        return this.emit({ kind: "ok", text: "Exchange took it" });
      case "refused":
        this.receivers.became(mail.recipient, result.reply.code >= 500 ? "refused" : "unclear");
        return this.emit({ kind: "fail", text: `${result.reply.code} ${result.reply.text}` });
      case "unsendable":
        this.receivers.became(mail.recipient, "refused");
        return this.emit({ kind: "fail", text: result.why });
    }
  }

  /** Refused at RCPT, refused after the mail, or accepted: then no notice about unknown addresses will ever come. */
  async tryUnknown(mail: TestMail): Promise<void> {
    if (!this.connection?.usable) return;
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

  /** `late`: it was not stopped by anybody, its time is over. */
  broke(fault: SmtpFault, late: boolean) {
    const stopped = fault.kind === "aborted" && !late;
    // While asking about these addresses the rest has already been proved.
    if (this.step === "receiver" && !stopped) {
      if (fault.kind !== "aborted" || fault.dotPending) this.receivers.became(this.trying, "unclear");
      return this.emit({ kind: "fail", text: late ? "The test's time is over" : fault.message });
    }
    if (this.step === "unknown" && !stopped) return;
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
      noticeTaken: this.noticeTaken,
      receiversTried: this.receivers.tried,
    };
    const advice: Advice & { name?: string } = this.trouble
      ? exchangeAdvice(this.trouble, this.settings)
      : passedAdvice(
          {
            starttlsUnused: this.starttlsUnused(),
            starttlsMissing: this.starttlsMissing(),
            acceptsUnknown: this.acceptsUnknown,
            sizeLimit: known.sizeLimit,
            uncheckedCertificate: facts?.accepted === "any",
          },
          this.settings,
        );
    const { name, ...shown } = advice;
    shown.sentence += this.receivers.words();
    return { ok: this.trouble === null, ...shown, facts: { ...known, case: name ?? "right" } };
  }
}
