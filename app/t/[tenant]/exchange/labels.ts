// The fields' names as the page shows them: for faults, for the two versions of a conflict, for what a test suggests.
import type { ExchangeSettings } from "@/domain/exchange/schema";

export const labels = {
  host: "Exchange Server",
  port: "IP port number",
  tls: "Encryption",
  certificate: "Certificate",
  certificateName: "Name on the certificate",
  oldestTls: "Oldest TLS",
  timeoutSeconds: "Timeout",
  retryMinutes: "Retry failed emails",
  giveUpAfterHours: "Give up after",
  heloDomain: "HELO Domain",
  username: "User name",
  maxConnections: "Most connections at once",
  paused: "Pause delivery",
  uncertain: "After a lost answer",
  postmaster: "Postmaster",
  notify: "Notification options",
} as const satisfies Record<keyof ExchangeSettings, string>;

export const notifyLabels = {
  spam: "Notify postmaster if email is rejected by Exchange as spam",
  unknownRecipient: "Notify postmaster if email is rejected by Exchange because the email address is unknown",
  badmail: "Notify postmaster when Mailferry moves an email to the BADMAIL folder",
  collecting: "Notify postmaster when collecting from a mailbox stops, and when it works again",
} as const satisfies Record<keyof ExchangeSettings["notify"], string>;

/** By dotted path, as faults name fields. */
export function labelOf(path: string): string {
  if (path === "password") return "Password";
  const [first = "", second = ""] = path.split(".");
  const notify = Object.entries(notifyLabels).find(([key]) => first === "notify" && key === second);
  return notify?.[1] ?? Object.entries(labels).find(([key]) => key === first)?.[1] ?? path;
}

export const advanced = new Set<string>([
  "certificate",
  "certificateName",
  "oldestTls",
  "username",
  "password",
  "maxConnections",
  "giveUpAfterHours",
  "uncertain",
  "paused",
]);

/** A value in words, for people who compare two versions. */
export function inWords(field: keyof ExchangeSettings, value: unknown): string {
  const tls = {
    off: "never",
    allow: "StartTLS when offered",
    require: "StartTLS required",
    implicit: "implicit TLS",
  } as Record<string, string>;
  if (field === "tls") return tls[String(value)] ?? String(value);
  if (field === "notify" && typeof value === "object" && value !== null)
    return (
      Object.entries(value)
        .filter(([, on]) => on === true)
        .map(([key]) => key.replace("unknownRecipient", "unknown address").replace("badmail", "BADMAIL"))
        .join(", ") || "none"
    );
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === "" ? "empty" : String(value);
}
