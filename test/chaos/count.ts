// What became of every mail that was put in: compared octet by octet with what arrived, with what is stored, and with what
// was left at its source.
import { readBody } from "@/domain/message/body";
import type { Db } from "@/lib/db";
import { addedLines, markOf, type Sample } from "../corpus";

export interface Count {
  in: number;
  once: number;
  /** kept for a person (held, BADMAIL), waiting, or not yet collected: nowhere lost */
  kept: number;
  /** copies beyond the first, and how many of these were marked before they were sent */
  doubled: number;
  marked: number;
  lost: number;
  changed: number;
  /** what is wrong, in words, for the first few */
  words: string[];
}

interface MailRow {
  tenant_id: string;
  body_id: string | null;
  subject: string;
  place: string;
  copies: number;
}

export interface Ends {
  /** whole mails as they came over the wire */
  arrived: Buffer[];
  /** what is still at the sources */
  left: Buffer[];
}

/** Without a database it is a peer's run: nothing is stored, no copy is marked, and bodies alone are compared. */
export async function countMails(db: Db | null, samples: Sample[], ends: Ends): Promise<Count> {
  const arrived = groupByMark(ends.arrived);
  const left = groupByMark(ends.left);
  const rows = db ? await rowsByNumber(db) : new Map<number, MailRow[]>();
  const count: Count = { in: samples.length, once: 0, kept: 0, doubled: 0, marked: 0, lost: 0, changed: 0, words: [] };
  const say = (words: string) => count.words.length < 10 && count.words.push(words);
  for (const { mark, expected } of samples) {
    const copies = arrived.get(mark) ?? [];
    const stored = rows.get(numberOf(mark)) ?? [];
    const same = db ? whole : bodyOnly;
    if (copies.some((raw) => !same(raw, expected))) {
      count.changed += 1;
      say(`${mark} arrived changed`);
    }
    if (copies.length === 1) count.once += 1;
    else if (copies.length > 1) {
      const extra = copies.length - 1;
      const allowed = stored.reduce((sum, row) => sum + row.copies, 0);
      count.doubled += extra;
      count.marked += Math.min(extra, allowed);
      if (extra > allowed) say(`${mark} arrived ${copies.length} times, ${allowed} of them marked`);
    } else if (db && (await isKept(db, stored, expected, (words) => say(`${mark}: ${words}`)))) count.kept += 1;
    else if (left.has(mark)) count.kept += 1;
    else {
      count.lost += 1;
      say(`${mark} is lost (${stored.map(({ place }) => place).join(", ") || "no row"})`);
    }
  }
  return count;
}

const whole = (raw: Buffer, expected: Buffer): boolean => addedLines(raw, expected) !== null;

/** Peers rewrite headers as they mean to: only what is behind the header is held against them. */
function bodyOnly(raw: Buffer, expected: Buffer): boolean {
  const bodyOf = (mail: Buffer) => mail.subarray(mail.indexOf("\r\n\r\n"));
  return bodyOf(raw).equals(bodyOf(expected));
}

export const isBroken = (count: Count): boolean => count.lost + count.changed + (count.doubled - count.marked) > 0;

function groupByMark(mails: Buffer[]): Map<string, Buffer[]> {
  const groups = new Map<string, Buffer[]>();
  for (const raw of mails) {
    const mark = markInHeader(raw);
    if (mark !== null) groups.set(mark, [...(groups.get(mark) ?? []), raw]);
  }
  return groups;
}

/** In its own header: a notice has headers of the mail that it is about further down. */
export function markInHeader(raw: Buffer): string | null {
  const end = raw.indexOf("\r\n\r\n");
  return markOf(end < 0 ? raw : raw.subarray(0, end));
}

const numberOf = (mark: string): number => Number(/^mark-(\d+)-/.exec(mark)?.[1] ?? -1);

async function rowsByNumber(db: Db): Promise<Map<number, MailRow[]>> {
  const { rows } = await db.pool.query<MailRow>(
    `select tenant_id, body_id, subject, place, possible_copies as copies from mail where kind = 'collected'`,
  );
  const byNumber = new Map<number, MailRow[]>();
  for (const row of rows) {
    const n = Number(/number (\d+)/.exec(row.subject)?.[1] ?? -1);
    byNumber.set(n, [...(byNumber.get(n) ?? []), row]);
  }
  return byNumber;
}

/** Held, in BADMAIL or waiting, with all its bytes. */
async function isKept(db: Db, rows: MailRow[], expected: Buffer, say: (words: string) => void): Promise<boolean> {
  for (const row of rows) {
    if (!["waiting", "held", "badmail"].includes(row.place) || row.body_id === null) continue;
    const parts: Buffer[] = [];
    for await (const part of readBody(db, row.tenant_id, row.body_id)) parts.push(part);
    if (addedLines(Buffer.concat(parts), expected) !== null) return true;
    say(`its stored bytes are others (${row.place})`);
  }
  return false;
}
