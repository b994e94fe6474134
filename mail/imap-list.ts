// What is in an open IMAP folder. A line without a size, a line that got lost, or one mail that the server can't read must
// not hide a mail, and must not make the others look gone.
import type { ImapTalk } from "./imap-talk";
import { internalDate, setOf } from "./imap-words";
import { type Listed, SourceFault } from "./source";

export interface FolderList {
  mails: Listed[];
  /** the server told of fewer mails than it says there are */
  incomplete: boolean;
}

const items = "(UID RFC822.SIZE INTERNALDATE)";
/** Commands that look for what the first listing left out; the rest is listed by its UID alone. */
const mostAsked = 200;
/** UIDs in one such command: it has to fit into a line. */
const mostInSet = 500;

/** `exists` as SELECT told it; null when it told nothing. */
export async function listFolder(talk: ImapTalk, host: string, exists: number | null): Promise<FolderList> {
  const found = new Map<number, Listed>();
  const answer = await talk.ask(`UID FETCH 1:* ${items}`);
  take(answer.untagged, found);
  const count = exists === null ? null : countAfter(exists, answer.untagged);
  if (answer.ok && count !== null && found.size >= count) return { mails: inOrder(found), incomplete: false };
  const there = await search(talk);
  if (!answer.ok && there === null && found.size === 0)
    throw new SourceFault("protocol", `${host} does not list its mails.`, answer.text);
  for (const uid of await stillMissing(talk, there ?? [], found))
    found.set(uid, { number: uid, uid: String(uid), size: 0, receivedAt: null });
  const mails = inOrder(found);
  const incomplete = mails.length < (count ?? 0) || (there === null && !(answer.ok && count !== null));
  if (incomplete) talk.note(`The server tells of ${count ?? "more"} mails and lists ${mails.length}.`);
  return { mails, incomplete };
}

/** One mail that can't be listed must not end the answer for those after it: sets are halved until it stands alone. */
async function stillMissing(talk: ImapTalk, there: number[], found: Map<number, Listed>): Promise<number[]> {
  const without = (uids: number[]) => uids.filter((uid) => !found.has(uid));
  const sets = inSets(without(there));
  for (let asked = 0; asked < mostAsked; asked += 1) {
    const set = sets.shift();
    if (!set) break;
    take((await talk.ask(`UID FETCH ${setOf(set)} ${items}`)).untagged, found);
    const left = without(set);
    if (left.length === 0 || set.length === 1) continue;
    const half = left.length < set.length ? left.length : Math.ceil(left.length / 2);
    sets.unshift(...[left.slice(0, half), left.slice(half)].filter((part) => part.length > 0));
  }
  return without(there);
}

function inSets(uids: number[]): number[][] {
  const sets: number[][] = [];
  for (let at = 0; at < uids.length; at += mostInSet) sets.push(uids.slice(at, at + mostInSet));
  return sets;
}

/** All UIDs of the folder, or null when the server doesn't search (RFC 9051 §6.4.4; one line or several). */
async function search(talk: ImapTalk): Promise<number[] | null> {
  const answer = await talk.ask("UID SEARCH ALL");
  if (!answer.ok) return null;
  const lines = answer.untagged.filter((text) => /^\* SEARCH\b/i.test(text));
  const uids = lines.flatMap((text) => text.split(/\s+/).slice(2).map(Number));
  return lines.length === 0
    ? null
    : [...new Set(uids.filter((uid) => Number.isSafeInteger(uid) && uid > 0))].sort((a, b) => a - b);
}

/** Mails come and go while they are listed (RFC 9051 §7.4.1, §7.5.1). */
function countAfter(exists: number, untagged: string[]): number {
  let count = exists;
  for (const text of untagged) {
    const [, number, what] = /^\* (\d{1,10}) (EXISTS|EXPUNGE)\b/i.exec(text) ?? [];
    if (what?.toUpperCase() === "EXISTS") count = Number(number);
    else if (what) count -= 1;
  }
  return count;
}

function take(untagged: string[], found: Map<number, Listed>): void {
  for (const text of untagged) {
    const mail = listedOf(text);
    if (mail) found.set(mail.number, mail);
  }
}

/** Without a size it is listed as of none: servers lie about sizes anyway, and what differs is compared by its bytes. */
function listedOf(text: string): Listed | null {
  if (!/^\* \d+ FETCH \(/i.test(text)) return null;
  const uid = /[( ]UID (\d{1,10})[ )]/i.exec(text)?.[1];
  const size = /[( ]RFC822\.SIZE (\d{1,15})[ )]/i.exec(text)?.[1];
  const date = /[( ]INTERNALDATE "([^"]{1,40})"/i.exec(text)?.[1];
  if (!uid) return null;
  return { number: Number(uid), uid, size: Number(size ?? 0), receivedAt: date ? internalDate(date) : null };
}

const inOrder = (found: Map<number, Listed>) => [...found.values()].sort((a, b) => a.number - b.number);
