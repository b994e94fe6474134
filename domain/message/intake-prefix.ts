// What is added in front of a collected mail, once and for all attempts: one Received line, and a Message-ID if it has none.

import { isIpAddress } from "@/domain/configured";
import type { MailboxSettings } from "@/domain/mailbox/schema";

export interface PrefixFacts {
  mailId: string;
  /** this worker's full name */
  name: string;
  installation: string;
  source: Pick<MailboxSettings, "host" | "protocol" | "tls">;
  hasMessageId: boolean;
  now: Date;
}

export const ownMessageId = (mailId: string, name: string): string => `<${mailId}@${name}>`;

/** RFC 5321 §4.4. Folded, so that no line comes near 78 octets for ordinary names. */
export function prefixOf({ mailId, name, installation, source, hasMessageId, now }: PrefixFacts): Buffer {
  const { host, protocol, tls } = source;
  const from = !isIpAddress(host) ? host : host.includes(":") ? `[IPv6:${host}]` : `[${host}]`;
  const how = `${protocol.toUpperCase()}${tls === "off" ? "" : "S"}`;
  const received = `Received: from ${from}\r\n\tby ${name} (Mailferry ${installation}) with ${how}\r\n\tid ${mailId}; ${mailDateText(now)}\r\n`;
  return Buffer.from(hasMessageId ? received : `${received}Message-ID: ${ownMessageId(mailId, name)}\r\n`, "utf8");
}

/** RFC 5322 §3.3, in UTC: "Tue, 24 Nov 2026 02:14:00 +0000". */
const mailDateText = (at: Date) => at.toUTCString().replace("GMT", "+0000");
