// Test settings of an Exchange server: connects with the code that delivers real mail, sends its test mails, says what it met.

import type { ExchangeSettings } from "@/domain/exchange/schema";
import { mailFrom } from "@/domain/notice/sender";
import { rememberAcceptsUnknown } from "@/domain/probe/run";
import {
  collectedLikeMail,
  noticeLikeMail,
  receiverMail,
  type TestMailFacts,
  unknownAddressMail,
} from "@/domain/probe/run-exchange-mails";
import type { Emit } from "@/domain/probe/run-lines";
import type { ProbeVerdict } from "@/domain/probe/schema";
import type { TenantScope } from "@/domain/scope";
import { HostFault, resolveAllowed } from "@/mail/network";
import { type SmtpConnection, SmtpFault, type SmtpSettings } from "@/mail/smtp";
import { connectSmtp } from "@/mail/smtp-session";
import { mostAddresses } from "./connection";
import { dialPolicy } from "./own-doors";
import { ExchangeTest } from "./probe-exchange-findings";
import type { WorkerContext } from "./room";

export interface ExchangeProbeInput {
  settings: ExchangeSettings;
  password: string | null;
  /** the saved server, when there is one */
  exchangeId: string | null;
  requestedBy: string;
  /** of a test notice: who is told beside the postmaster; null where settings are tested */
  receivers: string[] | null;
  /** in the mail like a notice; `keep` remembers it, before that mail goes */
  code: { digits: string; keep: () => Promise<void> };
}

const answerWaitMs = 600_000;

export async function runExchangeProbe(
  context: WorkerContext,
  scope: TenantScope,
  input: ExchangeProbeInput,
  emit: Emit,
  signal: AbortSignal,
): Promise<ProbeVerdict> {
  const { settings } = input;
  const from = mailFrom(context.env.mailFrom, context.name);
  const receivers = input.receivers ?? [];
  const test = new ExchangeTest(settings, emit, from, receivers);
  emit({ kind: "step", text: `Test by the worker ${context.name}` });
  let connection: SmtpConnection | null = null;
  try {
    const { address, all } = await resolveAllowed(settings.host, await dialPolicy(context.env), {
      port: settings.port,
      timeoutMs: settings.timeoutSeconds * 1000,
    });
    const smtp = smtpSettings(context, settings, [address, ...all.slice(1, mostAddresses)], input.password);
    connection = await connectSmtp(smtp, { onWire: emit, signal });
    test.opened(connection);
    const facts = await mailFacts(context, scope, input, from);
    await input.code.keep();
    await test.send("notice", await noticeLikeMail(facts), "A mail like a notice: empty sender, to the postmaster");
    await test.send(
      "collected",
      await collectedLikeMail(facts),
      `A mail like a collected one: from ${from}, to the postmaster`,
    );
    for (const address of receivers) await test.tryReceiver(await receiverMail(facts, address));
    if (settings.notify.unknownRecipient && !test.trouble) await test.tryUnknown(await unknownAddressMail(facts));
    await connection.quit();
  } catch (error) {
    if (error instanceof HostFault) return hostVerdict(error, emit);
    if (!(error instanceof SmtpFault)) throw error;
    // What AbortSignal.timeout gives as its reason.
    test.broke(error, signal.reason instanceof DOMException && signal.reason.name === "TimeoutError");
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
  [address = "", ...others]: string[],
  password: string | null,
): SmtpSettings {
  const timeoutMs = settings.timeoutSeconds * 1000;
  return {
    host: settings.host,
    address,
    others,
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
  { settings, requestedBy, receivers, code }: ExchangeProbeInput,
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
    pressed: receivers ? "Send a test notice" : "Test settings",
    code: code.digits,
    now: clock(),
  };
}

function hostVerdict(fault: HostFault, emit: Emit): ProbeVerdict {
  emit({ kind: "fail", text: fault.message });
  return { ok: false, sentence: fault.message, field: "host", facts: { case: `host ${fault.kind}` } };
}
