// Outgoing: the provider's own server, which takes alerts and letters; no tenant's mail ever goes this way.
import nodemailer from "nodemailer";
import type { WorkerEnv } from "@/lib/env";

const sendMs = 60_000;

export const outgoing = (env: WorkerEnv) =>
  nodemailer.createTransport({
    url: env.smtpUrl,
    connectionTimeout: sendMs,
    greetingTimeout: sendMs,
    socketTimeout: sendMs,
  });

/**
 * Whether a failed sending surely left no mail behind: the server answered, or it was never reached. Anything else, such as a
 * connection that broke, may have happened after the mail's end was sent.
 */
export function surelyNotSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("responseCode" in error && typeof error.responseCode === "number") return true;
  if ("syscall" in error && error.syscall === "connect") return true;
  const early = ["EDNS", "ETLS", "EAUTH", "EENVELOPE"];
  if ("code" in error && typeof error.code === "string" && early.includes(error.code)) return true;
  return /^(Connection timeout|Greeting never received)/.test(error.message);
}
