// Exchange's own words: what it offers, and what it answers to MAIL, RCPT and the dot, by the switches that are turned.
import { createHash } from "node:crypto";
import type { Envelope, ExchangeOptions, StoredMail } from "./exchange";

/** The EHLO lines after the first, in the order in which Exchange 2016 and 2019 list them. */
export function offers(options: ExchangeOptions, { tls }: Envelope): string[] {
  const starttls = options.tls === "starttls" && !tls;
  return [
    `SIZE ${options.sizeLimit}`,
    "PIPELINING",
    "DSN",
    "ENHANCEDSTATUSCODES",
    ...(starttls ? ["STARTTLS", "X-ANONYMOUSTLS"] : []),
    ...(options.auth.length > 0 ? [`AUTH ${options.auth.join(" ")}`, "X-EXPS GSSAPI NTLM"] : []),
    "8BITMIME",
    "BINARYMIME",
    "CHUNKING",
    "XRDST",
    ...options.extra,
  ].filter((row) => !options.without.includes(row.split(" ", 1)[0] ?? ""));
}

export function mailWords(
  options: ExchangeOptions,
  { helo, tls, user }: Envelope,
  size: number,
  mayTake: () => boolean,
) {
  if (helo === "") return "503 5.5.2 Send hello first";
  if (options.requireTls && !tls) return "451 5.7.3 STARTTLS is required to send mail";
  if (options.requireAuth && !user) return "530 5.7.57 Client not authenticated to send mail";
  if (size > options.sizeLimit) return "552 5.3.4 Message size exceeds fixed maximum message size";
  // Microsoft: message throttling; the connection is closed with it.
  if (!mayTake()) return "421 4.4.2 Message submission rate for this client has exceeded the configured limit";
  return "250 2.1.0 Sender OK";
}

export function rcptWords(options: ExchangeOptions, recipient: string): string {
  const domain = recipient.split("@").at(-1)?.toLowerCase() ?? "";
  if (options.domains !== null && !options.domains.includes(domain))
    return "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain";
  if (options.filter === "rcpt" && isUnknown(options, recipient))
    return "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup";
  return "250 2.1.5 Recipient OK";
}

export function dotWords(options: ExchangeOptions, mail: Omit<StoredMail, "answered">): string {
  const { sender, recipients, size, subject } = mail;
  const { refuseSendAs, spamWord, name } = options;
  if (refuseSendAs === true || (Array.isArray(refuseSendAs) && refuseSendAs.includes(sender)))
    return "550 5.7.60 SMTP; Client does not have permissions to send as this sender";
  if (options.refuseNullSender && sender === "") return "554 5.1.0 Sender denied";
  const gone = options.filter === "dot" ? recipients.find((recipient) => isUnknown(options, recipient)) : undefined;
  if (gone !== undefined)
    return `550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${gone} not found by SMTP address lookup`;
  if (size > options.sizeLimit) return "552 5.3.4 Message size exceeds fixed maximum message size";
  if (spamWord !== "" && subject.toLowerCase().includes(spamWord.toLowerCase()))
    return "550 5.7.1 Message rejected as spam by Content Filtering.";
  const id = createHash("sha256").update(`${mail.sha256}${Date.now()}`).digest("hex");
  const speed = `${size} bytes in 0.101, ${(size / 103).toFixed(3)} KB/sec`;
  return `250 2.6.0 <${id.slice(0, 32)}@${name}> [InternalId=${Number.parseInt(id.slice(0, 10), 16)}, Hostname=${name}] ${speed} Queued mail for delivery`;
}

function isUnknown({ recipients }: ExchangeOptions, recipient: string): boolean {
  return recipients !== null && !recipients.some((address) => address.toLowerCase() === recipient.toLowerCase());
}
