// Opens a lane's connection exactly as its settings say, and keeps a bounded record of what was said on it.
import { type LaneSettings, laneWarning, noteSeen } from "@/domain/lane/settings";
import type { ConnectionRef } from "@/domain/lane/store";
import type { TenantScope } from "@/domain/scope";
import { wordsOf } from "@/lib/errors";
import { resolveAllowed } from "@/mail/network";
import type { SmtpConnection } from "@/mail/smtp";
import { connectSmtp } from "@/mail/smtp-session";
import type { WireEvent } from "@/mail/wire";
import { dialPolicy } from "./own-doors";
import type { WorkerContext } from "./room";

/** The answer to the mail's end is waited for at least so long: Exchange answers late on purpose (shadow redundancy). */
export const dotTimeoutMs = 600_000;
/** of one host */
export const mostAddresses = 8;
const maxLines = 60;
const keptAtStart = 40;
const maxLine = 500;

/** The conversation as the journey shows it: the beginning and the end when it was long. */
export class Recorder {
  private lines: { kind: string; text: string }[] = [];
  readonly hear = (event: WireEvent): void => {
    this.lines.push({ kind: event.kind, text: event.text.slice(0, maxLine) });
    if (this.lines.length > maxLines) this.lines.splice(keptAtStart, 1);
  };
  /** what was said since the last take */
  take(): { kind: string; text: string }[] {
    const taken = this.lines;
    this.lines = [];
    return taken;
  }
}

/** Throws SmtpFault, or a Refusal when the host may not be used. */
export async function openConnection(
  context: WorkerContext,
  scope: TenantScope,
  lane: ConnectionRef,
  settings: LaneSettings,
  options: { recorder: Recorder; signal: AbortSignal; dotTimeoutMs: number },
): Promise<SmtpConnection> {
  const { address, all } = await resolveAllowed(settings.host, await dialPolicy(context.env), {
    port: settings.port,
    timeoutMs: settings.timeoutSeconds * 1000,
  });
  const connection = await connectSmtp(
    {
      host: settings.host,
      address,
      others: all.slice(1, mostAddresses),
      port: settings.port,
      tls: settings.tls,
      wish: {
        certificate: settings.certificate,
        name: settings.certificateName || settings.host,
        oldest: settings.oldestTls,
      },
      timeoutMs: settings.timeoutSeconds * 1000,
      dotTimeoutMs: options.dotTimeoutMs,
      heloName: settings.heloDomain || context.name,
      username: settings.username,
      password: settings.password,
    },
    { onWire: options.recorder.hear, signal: options.signal },
  );
  try {
    await noteSeen(scope, lane, connection.facts, laneWarning(settings, connection.facts));
  } catch (error) {
    // It is for people to read, and the next connection sees it again: mail doesn't wait for it.
    context.log.warn({ tenant: lane.tenantId, error: wordsOf(error) }, "what the server showed was not written down");
  }
  return connection;
}
