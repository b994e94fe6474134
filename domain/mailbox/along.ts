// When a stored password may go to another place than it was saved for: docs/decisions/0038.
import type { MailboxSettings } from "./schema";

/**
 * Where a provider moves its server, a platform administrator names the new host, and the passwords go along. Only over
 * TLS, and only to a server whose certificate proves that it is the host that was named: a name that leads elsewhere gets
 * none. Null: it may; else why not.
 */
export function whyNotAlong(before: MailboxSettings, after: MailboxSettings): string | null {
  const to = `${after.host}:${after.port}`;
  if (before.username !== after.username || before.protocol !== after.protocol)
    return "Its stored password belongs to another user name: give the password on its own page.";
  if (after.tls === "off")
    return `Its stored password would go to ${to} in clear text. Choose an encryption, or give the password on its own page.`;
  if (after.certificate !== "system")
    return `Its stored password would go to ${to} whoever answers there. Set Certificate to “Verified by this system”, or give the password on its own page.`;
  return null;
}
