// Intake, the streaming half: one fetched mail becomes canonical bytes in a body and the facts that its rows need.
import { randomUUID } from "node:crypto";
import type { Spot } from "@/domain/mailbox/identity";
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { receivedByProvider, receivedWhen } from "@/domain/mailbox/start";
import { BodyWriter } from "@/domain/message/body";
import type { Arrival, MailFacts } from "@/domain/message/intake";
import { ownMessageId, prefixOf } from "@/domain/message/intake-prefix";
import { plain } from "@/domain/message/plain";
import { routingFacts } from "@/domain/routing/facts";
import type { Db } from "@/lib/db";
import { Canonical } from "@/mail/canonical";
import {
  countOwnReceived,
  countReceived,
  date,
  decodeWords,
  from,
  type Headers,
  messageId,
  parseHeaders,
} from "@/mail/headers";
import { SourceFault } from "@/mail/source";

export interface IntakeContext {
  db: Db;
  tenantId: string;
  /** this worker's full name */
  name: string;
  installation: string;
  source: Pick<MailboxSettings, "host" | "protocol" | "tls">;
  now: Date;
  /** tests give a smaller one */
  mostBytes?: number;
}

/** No mail is as large: a server that never comes to an end must not fill the database of all. */
const mostBytes = 2 * 1024 ** 3;

/** Reads the mail to its end. On a throw what was begun of its body is taken back. */
export async function takeIn(
  bytes: AsyncIterable<Buffer>,
  spot: Spot,
  internalDate: Date | null,
  context: IntakeContext,
): Promise<Arrival> {
  const writer = new BodyWriter(context.db, context.tenantId);
  try {
    return await stream(bytes, spot, internalDate, context, writer);
  } catch (error) {
    await writer.discard().catch(() => {});
    throw error;
  }
}

async function stream(
  bytes: AsyncIterable<Buffer>,
  spot: Spot,
  internalDate: Date | null,
  context: IntakeContext,
  writer: BodyWriter,
): Promise<Arrival> {
  const mailId = randomUUID();
  const canonical = new Canonical();
  let early: Buffer[] = [];
  let headers: Headers | null = null;
  let prefix = Buffer.alloc(0);
  // Nothing is written before the header is here: whether a Message-ID is added stands in the first chunk.
  const begin = async (block: Buffer) => {
    headers = parseHeaders(block);
    const hasMessageId = messageId(headers) !== null;
    prefix = Buffer.from(prefixOf({ ...context, mailId, hasMessageId }));
    await writer.push(prefix);
    for (const part of early) await writer.push(part);
    early = [];
    return headers;
  };
  for await (const chunk of bytes) {
    const out = canonical.push(chunk);
    if (writer.size > (context.mostBytes ?? mostBytes))
      throw new SourceFault("protocol", "The mail did not end within 2 GB. Mailferry leaves it where it is.");
    if (headers) await writer.push(out);
    else {
      early.push(out);
      if (canonical.header) await begin(canonical.header);
    }
  }
  const last = canonical.end();
  if (headers) await writer.push(last);
  else early.push(last);
  const result = canonical.result();
  const read = headers ?? (await begin(canonical.header ?? Buffer.alloc(0)));
  return {
    mailId,
    spot,
    writer,
    body: {
      prefixLength: prefix.length,
      headerLength: prefix.length + result.headerLength,
      canonicalHash: Buffer.from(result.canonicalHash, "hex"),
      headerHash: Buffer.from(result.headerHash, "hex"),
      contentHash: Buffer.from(result.contentHash, "hex"),
      eightBit: result.eightBit,
    },
    facts: factsOf(read, { mailId, internalDate, name: context.name, hashes: result }),
    headers: read,
    loop: loopOf(read, context.installation),
    providerAt: sane(receivedByProvider(internalDate, read)),
  };
}

/** Our own trace three times, or fifty Received lines (RFC 5321 §6.3 asks for a large limit): a loop. */
export function loopOf(headers: Headers, installation: string): string | null {
  const own = countOwnReceived(headers, installation);
  if (own >= 3) return `Mailferry carried this mail ${own} times already: it goes round in a loop.`;
  const all = countReceived(headers);
  return all >= 50 ? `This mail has passed ${all} servers: it goes round in a loop.` : null;
}

function factsOf(
  headers: Headers,
  about: {
    mailId: string;
    internalDate: Date | null;
    name: string;
    hashes: { contentHash: string; headerHash: string; canonicalHash: string };
  },
): MailFacts {
  const id = messageId(headers);
  const to = [...headers.all("To"), ...headers.all("Cc")].slice(0, 20).join(", ");
  return {
    ...routingFacts(headers),
    from: plain(from(headers), 320),
    to: plain(decodeWords(to.slice(0, 4000)), 1000),
    messageId: plain(id ?? ownMessageId(about.mailId, about.name), 998),
    ownMessageId: id === null,
    date: sane(date(headers)),
    receivedAt: sane(receivedWhen(about.internalDate, headers)),
    contentHash: about.hashes.contentHash,
    headerHash: about.hashes.headerHash,
    canonicalHash: about.hashes.canonicalHash,
  };
}

/** A date that is none of this world (year 275760) is no date. */
const sane = (at: Date | null): Date | null =>
  at !== null && at.getTime() > 0 && at.getTime() < Date.UTC(9999, 0) ? at : null;
