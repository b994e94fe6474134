// What is usual for a source, and when its password is given again. Without the schema, so that a page can ask before that is
// loaded.
import type { MailboxSettings } from "./schema";

export const defaultHeaders = [
  "Delivered-To",
  "X-Original-To",
  "X-Envelope-To",
  "Envelope-To",
  "X-RCPT-TO",
  "Received",
  "To",
];
export const defaultSourcePort = (protocol: string, tls: string): number =>
  protocol === "pop3" ? (tls === "implicit" ? 995 : 110) : tls === "implicit" ? 993 : 143;

/** Any of these changed: the stored password is given again. */
export function sourcePasswordNeededAgain(before: MailboxSettings, after: MailboxSettings): (keyof MailboxSettings)[] {
  const changed: (keyof MailboxSettings)[] = [];
  for (const field of ["host", "port", "username"] as const) if (before[field] !== after[field]) changed.push(field);
  if (after.tls !== before.tls && after.tls !== "implicit" && before.tls !== "off") changed.push("tls");
  if (after.certificate !== before.certificate && after.certificate !== "system") changed.push("certificate");
  return changed;
}
