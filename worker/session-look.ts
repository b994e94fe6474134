// Looking before fetching: header blocks alone (TOP n 0, BODY.PEEK[HEADER]), which mark nothing as read or retrieved.
import type { Held } from "@/domain/mailbox/cursor";
import { headerHashes, knownHeaders, spotOf } from "@/domain/mailbox/identity";
import { leaveOut, type Skipped } from "@/domain/mailbox/identity-write";
import { receivedWhen } from "@/domain/mailbox/start";
import { plain } from "@/domain/message/plain";
import { headerHashOf } from "@/mail/canonical";
import { from, parseHeaders, subject } from "@/mail/headers";
import type { Listed } from "@/mail/source";
import type { Session } from "./session";

export interface Judged {
  collect: Listed[];
  /** to be fetched and compared by hash */
  compare: Listed[];
  /** not looked at in this session */
  left: number;
}

/** How many header blocks one session looks at before it gives others their turn. */
const mostLooks = 5000;
const rowsAtOnce = 200;

/** What `start` leaves out becomes a row that people see; the rest is to be collected. */
export async function judgeStart(session: Session, fresh: Listed[]): Promise<Judged> {
  const { start, listing } = session;
  if (start === null) return { collect: fresh, compare: [], left: 0 };
  const isNew = (mail: Listed) => mail.receivedAt !== null && mail.receivedAt >= start;
  const collect = fresh.filter(isNew);
  const older = fresh.filter((mail) => !isNew(mail));
  const looked = older.slice(0, mostLooks);
  let skipped: Skipped[] = [];
  const flush = async () => {
    await leave(session, skipped);
    skipped = [];
  };
  for await (const answer of session.source.peek(looked)) {
    const { mail } = answer;
    // No headers to be had: collecting tells whether the mail can be had at all.
    const headers = "header" in answer ? parseHeaders(answer.header) : null;
    const receivedAt = headers ? receivedWhen(mail.receivedAt, headers) : mail.receivedAt;
    if (receivedAt === null || receivedAt >= start || !headers || !("header" in answer)) {
      collect.push(mail);
      continue;
    }
    skipped.push(skippedOf(listing.epoch, mail, answer.header, receivedAt));
    if (skipped.length >= rowsAtOnce) await flush();
  }
  await flush();
  return { collect, compare: [], left: older.length - looked.length };
}

function skippedOf(epoch: string, mail: Listed, header: Buffer, receivedAt: Date | null): Skipped {
  const headers = parseHeaders(header);
  const headline = plain(`${from(headers)}: ${subject(headers)}`, 300);
  return { ...spotOf(epoch, mail), headerHash: headerHashOf(header), receivedAt, headline };
}

/**
 * Left out before, and listed with another size now: some servers count anew each time. With the stored header it is the same
 * mail and stays left out, whatever `start` says by now; returns those that are other mails. One that can't be looked at is
 * looked at again in the next session.
 */
export async function otherThanLeftOut(session: Session): Promise<Listed[]> {
  const { plan, source, scope, listing } = session;
  if (!source.facts.canPeek) return plan.resized.map(({ mail }) => mail);
  const looked = plan.resized.slice(0, mostLooks);
  const ids = looked.map(({ identity }) => identity.id);
  const hashes = await headerHashes(scope, ids);
  const byNumber = new Map(looked.map(({ mail, identity }) => [mail.number, identity.id]));
  const same: Skipped[] = [];
  const others: Listed[] = [];
  for await (const answer of source.peek(looked.map(({ mail }) => mail))) {
    if ("fault" in answer) continue;
    const { mail, header } = answer;
    const receivedAt = receivedWhen(mail.receivedAt, parseHeaders(header));
    if (hashes.get(byNumber.get(mail.number) ?? 0) !== headerHashOf(header)) others.push(mail);
    else same.push(skippedOf(listing.epoch, mail, header, receivedAt));
  }
  await leave(session, same);
  return others;
}

async function leave(session: Session, skipped: Skipped[]): Promise<void> {
  const { scope, claimed, used } = session;
  for (const id of await leaveOut(scope, claimed, skipped, [...used])) used.add(id);
}

/** After a renumbering: which of the unknown mails were here before, by their header's hash. */
export async function compareHeaders(session: Session): Promise<{ known: Listed[]; fresh: Listed[] }> {
  const { claimed, scope, listing, plan } = session;
  const known: Listed[] = [];
  const fresh: Listed[] = [];
  let group: { mail: Listed; hash: string; headline: string }[] = [];
  const flush = async () => {
    const found = await knownHeaders(
      scope,
      claimed.mailboxId,
      group.map(({ hash }) => hash),
    );
    const skipped: Skipped[] = [];
    for (const { mail, hash, headline } of group) {
      const before = found.get(hash);
      if (before === "stored") known.push(mail);
      else if (before === "skipped")
        skipped.push({ ...spotOf(listing.epoch, mail), headerHash: hash, receivedAt: mail.receivedAt, headline });
      else fresh.push(mail);
    }
    await leave(session, skipped);
    group = [];
  };
  for await (const answer of session.source.peek(plan.fresh)) {
    if ("fault" in answer) {
      known.push(answer.mail);
      continue;
    }
    const headers = parseHeaders(answer.header);
    const headline = plain(`${from(headers)}: ${subject(headers)}`, 300);
    group.push({ mail: answer.mail, hash: headerHashOf(answer.header), headline });
    if (group.length >= rowsAtOnce) await flush();
  }
  await flush();
  return { known, fresh };
}

/**
 * A mail that an earlier session stored is deleted without fetching it only if its header's hash is the stored one; what
 * doesn't match, or can't be looked at, is fetched and compared whole.
 */
export async function verifyRemovals(session: Session): Promise<{ compare: Listed[]; left: number }> {
  const { plan, source, scope } = session;
  if (!source.facts.canPeek) return { compare: plan.remove.map(({ mail }) => mail), left: 0 };
  const looked = plan.remove.slice(0, mostLooks);
  const hashes = await headerHashes(
    scope,
    looked.map(({ identity }) => identity.id),
  );
  const byNumber = new Map<number, Held>(looked.map((held) => [held.mail.number, held]));
  const compare: Listed[] = [];
  for await (const answer of source.peek(looked.map(({ mail }) => mail))) {
    const held = byNumber.get(answer.mail.number);
    if (!held || "fault" in answer) continue;
    if (hashes.get(held.identity.id) === headerHashOf(answer.header))
      session.marks.push({ mail: held.mail, identityId: held.identity.id });
    else compare.push(held.mail);
  }
  return { compare, left: plan.remove.length - looked.length };
}
