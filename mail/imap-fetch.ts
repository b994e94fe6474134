// UID FETCH of many mails in one command, each body streamed as it comes (RFC 9051 §6.4.5, §7.5.2).
import type { ImapTalk, Result } from "./imap-talk";
import type { Listed } from "./source";

export interface Part {
  mail: Listed;
  /** must be read to its end before the next part is asked for; what is left is read away */
  bytes: AsyncGenerator<Buffer>;
}

/** One UID FETCH; returns its tagged result. Mails that the server left out are simply not yielded. */
export async function* fetchParts(
  talk: ImapTalk,
  set: string,
  section: "BODY[]" | "BODY[HEADER]",
  batch: Listed[],
): AsyncGenerator<Part, Result> {
  const byUid = new Map(batch.map((mail) => [Number(mail.uid), mail]));
  const tag = await talk.send(`UID FETCH ${set} (UID ${section.replace("BODY", "BODY.PEEK")})`);
  for (;;) {
    const { text, literal } = await talk.fragment();
    const result = literal === null ? talk.tagged(tag, text, []) : null;
    if (result) return result;
    const start = literal === null ? inQuotes(text, section) : text.toUpperCase().endsWith(`${section} `);
    const mail = start === false || start === null ? undefined : mailOf(text, byUid, batch);
    if (mail) {
      byUid.delete(Number(mail.uid));
      const bytes = literal === null ? one(Buffer.from(String(start), "latin1")) : talk.literal(literal);
      yield { mail, bytes };
      for await (const _ of bytes);
      if (literal !== null) await restOf(talk);
    } else if (literal !== null) {
      for await (const _ of talk.literal(literal));
      await restOf(talk);
    }
  }
}

/** The UID stands before the body in the servers known; it need not, and a mail that was asked for alone needs none. */
function mailOf(text: string, byUid: Map<number, Listed>, batch: Listed[]): Listed | undefined {
  if (!/^\* \d+ FETCH \(/i.test(text)) return undefined;
  const uid = /[( ]UID (\d{1,10})[ )]/i.exec(text)?.[1];
  if (uid !== undefined) return byUid.get(Number(uid));
  return batch.length === 1 ? batch[0] : undefined;
}

/** A body as a quoted string: small or empty ones of some servers. */
function inQuotes(text: string, section: string): string | null {
  const at = text.toUpperCase().indexOf(`${section} "`);
  if (at < 0) return null;
  const match = /^"((?:[^"\\]|\\.)*)"/.exec(text.slice(at + section.length + 1));
  return match ? (match[1] ?? "").replace(/\\(.)/g, "$1") : null;
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}

/** What follows a literal up to the response's end. */
async function restOf(talk: ImapTalk) {
  for (let fragment = await talk.fragment(); fragment.literal !== null; fragment = await talk.fragment())
    for await (const _ of talk.literal(fragment.literal));
}
