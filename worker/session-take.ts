// Taking: fetches mails in order, recognises those that are known, commits the others in batches, and marks what may go.
import { badUidBySize, deleteDue, isBadOfSize, nextTry } from "@/domain/mailbox/cursor";
import {
  closeIdentities,
  findByHash,
  markBad,
  moveIdentity,
  type Recognised,
  type Spot,
  spotOf,
} from "@/domain/mailbox/identity";
import { type Arrival, commitBatch } from "@/domain/message/intake";
import { Canonical } from "@/mail/canonical";
import type { Fetched, Listed } from "@/mail/source";
import { SourceFault } from "@/mail/source";
import { takeIn } from "./intake";
import type { Session } from "./session";

export interface Wanted {
  mail: Listed;
  /** known by its bytes? then it is not delivered again */
  compare: boolean;
  /** earlier failures of this mail */
  tries?: number;
}

/** A batch is committed when it has so many mails or octets, or a mail in it that is stored in part already. */
const batchMails = 50;
const batchBytes = 4 * 1024 * 1024;

interface Batch {
  arrivals: Arrival[];
  mails: Listed[];
}

export async function fetchAndStore(session: Session, wanted: Wanted[]): Promise<void> {
  if (wanted.length === 0) return;
  const byNumber = new Map(wanted.map((one) => [one.mail.number, one]));
  const batch: Batch = { arrivals: [], mails: [] };
  const left = new Set(wanted);
  let current: Wanted | undefined;
  try {
    for await (const item of session.source.fetch(wanted.map(({ mail }) => mail))) {
      if (session.signal.aborted || session.context.stopping.aborted) {
        session.broken = true;
        break;
      }
      const one = byNumber.get(item.mail.number) ?? { mail: item.mail, compare: true };
      current = one;
      if ("fault" in item) await setAside(session, one, item.fault);
      else await take(session, one, item, batch);
      left.delete(one);
      current = undefined;
      if (isFull(batch)) await flush(session, batch);
    }
  } catch (error) {
    // What is here whole is kept, whatever became of the connection.
    session.broken = true;
    if (error instanceof SourceFault) await cut(session, current ?? [...left][0], error);
    await flush(session, batch);
    throw error;
  }
  await flush(session, batch);
}

async function take(session: Session, one: Wanted, item: Fetched, batch: Batch): Promise<void> {
  const { context, scope, claimed, listing } = session;
  const { mail } = one;
  let arrival: Arrival;
  try {
    arrival = await takeIn(item.bytes, spotOf(listing.epoch, mail), mail.receivedAt, {
      db: scope.db,
      tenantId: scope.tenantId,
      name: context.name,
      installation: context.installation,
      source: claimed.settings,
      now: session.now(),
    });
  } catch (error) {
    if (!(error instanceof SourceFault) || error.kind !== "mail") throw error;
    return setAside(session, one, error);
  }
  if (one.compare) {
    const known = await recognise(session, mail, arrival.facts.canonicalHash, batch);
    if (typeof known === "object") {
      await arrival.writer.discard();
      return settleKnown(session, mail, known);
    }
    if (session.plan.byHash) arrival.spot.uid = known;
  }
  batch.arrivals.push(arrival);
  batch.mails.push(mail);
}

/** The identity that this mail is, else (without UIDL) the name under which it will be known. */
async function recognise(
  session: Session,
  mail: Listed,
  canonicalHash: string,
  batch: Batch,
): Promise<Recognised | string> {
  const found = await findByHash(session.scope, session.claimed.mailboxId, canonicalHash);
  const at = session.known.find((one) => one.epoch === session.listing.epoch && one.uid === mail.uid)?.id;
  // Its own identity first; one that stands for another listed mail is that other mail's. Two mails with the same bytes
  // are two mails: each identity recognises one.
  const free = found.filter((one) => one.id === at || !session.used.has(one.id));
  // Without UIDL only what was not surely deleted can be seen again; a closed one was.
  const fit = session.plan.byHash ? free.filter((one) => one.state !== "closed") : free;
  const match = fit.find((one) => one.id === at) ?? fit[0];
  if (match) return match;
  const twins = found.length + batch.arrivals.filter((one) => one.facts.canonicalHash === canonicalHash).length;
  return `#${canonicalHash}${twins > 0 ? `.${twins}` : ""}`;
}

async function settleKnown(session: Session, mail: Listed, known: Recognised): Promise<void> {
  const { scope, claimed, listing, plan } = session;
  session.used.add(known.id);
  if (!plan.byHash) await moveIdentity(scope, claimed.mailboxId, known.id, spotOf(listing.epoch, mail));
  // It was stored by an earlier session, and its bytes were compared just now: it may go when its time has come.
  markIfDue(session, mail, known.id, known.createdAt);
}

function markIfDue(session: Session, mail: Listed, identityId: number, createdAt: Date): void {
  const { claimed, context } = session;
  const due = deleteDue({ state: "stored", createdAt }, claimed.settings, context.env.deleteDelayMinutes);
  if (due !== null && due <= session.now()) session.marks.push({ mail, identityId });
}

const isFull = ({ arrivals }: Batch) =>
  arrivals.length >= batchMails ||
  arrivals.some(({ writer }) => writer.begun) ||
  arrivals.reduce((sum, { writer }) => sum + writer.size, 0) >= batchBytes;

/** The door: after this commit the mails are ours. */
async function flush(session: Session, batch: Batch): Promise<void> {
  if (batch.arrivals.length === 0) return;
  const { scope, claimed, context } = session;
  const { arrivals, mails } = { arrivals: batch.arrivals, mails: batch.mails };
  batch.arrivals = [];
  batch.mails = [];
  const committed = await commitBatch(scope, claimed, session.id, context.env.leaseSeconds, arrivals);
  session.collected += committed.length;
  const storedAt = session.now();
  for (const [n, { identityId }] of committed.entries()) {
    const mail = mails[n];
    session.used.add(identityId);
    if (mail) markIfDue(session, mail, identityId, storedAt);
  }
  session.onCommit();
}

/** Skipped, counted, shown with its UIDL; it stops nothing else, but this session ends without QUIT. */
async function setAside(session: Session, { mail, tries = 0 }: Wanted, fault: SourceFault): Promise<void> {
  session.broken = true;
  session.bad += 1;
  await markBad(session.scope, session.claimed.mailboxId, badSpot(session, mail), {
    error: `${fault.message}${fault.reply ? ` The server said: ${fault.reply}` : ""}`.slice(0, 1000),
    tries: tries + 1,
    nextTryAt: nextTry(tries + 1, session.now()),
  });
  session.badSizes.push(mail.size);
}

/** A cut is nobody's fault the first time; the second time at the same mail it is that mail's. */
async function cut(session: Session, at: Wanted | undefined, fault: SourceFault): Promise<void> {
  if (!at || fault.facts.why === "aborted" || session.signal.aborted) return;
  const name = at.mail.uid ?? badUidBySize(at.mail.size);
  if (session.claimed.facts.cutAt === name || at.tries) await setAside(session, at, fault);
  else session.cutAt = name;
}

function badSpot(session: Session, mail: Listed): Spot {
  const { plan, listing, known } = session;
  if (!plan.byHash) return spotOf(listing.epoch, mail);
  const { size } = mail;
  if (plan.retry) return { epoch: listing.epoch, uid: plan.retry.identity.uid, size };
  const taken = known.filter((one) => one.state === "bad" && isBadOfSize(one.uid, size)).length;
  const here = session.badSizes.filter((one) => one === size).length;
  return { epoch: listing.epoch, uid: badUidBySize(size, taken + here), size };
}

/** Without TOP: everything is read once for its hash alone; known mails get their new spot, the others are new. */
export async function hashAll(session: Session, mails: Listed[]): Promise<{ known: Listed[]; fresh: Listed[] }> {
  const fresh: Listed[] = [];
  for await (const item of session.source.fetch(mails)) {
    if ("fault" in item) {
      await setAside(session, { mail: item.mail, compare: true }, item.fault);
      continue;
    }
    const canonical = new Canonical();
    for await (const chunk of item.bytes) canonical.push(chunk);
    canonical.end();
    const known = await recognise(session, item.mail, canonical.result().canonicalHash, { arrivals: [], mails: [] });
    if (typeof known === "object") await settleKnown(session, item.mail, known);
    else fresh.push(item.mail);
  }
  return { known: [], fresh };
}

/** Without UIDL: what a complete session did not see again is gone. */
export async function closeUnseen(session: Session): Promise<void> {
  if (session.broken) return;
  const gone = session.known.filter(
    (one) => (one.state === "stored" || one.state === "deleting") && !session.used.has(one.id),
  );
  await closeIdentities(
    session.scope,
    gone.map(({ id }) => id),
  );
}
