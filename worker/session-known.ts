// Mails that are known: recognised by their bytes, given their new spot, marked to go when their time has come.
import { deleteDue } from "@/domain/mailbox/cursor";
import { findByHash, type Recognised, spotOf } from "@/domain/mailbox/identity";
import { closeIdentities, moveIdentity } from "@/domain/mailbox/identity-write";
import { Canonical } from "@/mail/canonical";
import type { Listed } from "@/mail/source";
import type { Session } from "./session";
import { setAside } from "./session-bad";

/**
 * The identity that this mail is, of those `among` which it may be (absent: any), else (without UIDL) the name under which
 * it will be known.
 */
export async function recognise(
  session: Session,
  mail: Listed,
  canonicalHash: string,
  batch: { facts: { canonicalHash: string } }[],
  among?: ReadonlySet<number>,
): Promise<Recognised | string> {
  const found = await findByHash(session.scope, session.claimed.mailboxId, canonicalHash);
  const at = session.known.find((one) => one.epoch === session.listing.epoch && one.uid === mail.uid)?.id;
  // Its own identity first; one that stands for another listed mail is that other mail's. Two mails with the same bytes
  // are two mails: each identity recognises one.
  const may = among ? found.filter((one) => among.has(one.id)) : found;
  const free = may.filter((one) => one.id === at || !session.used.has(one.id));
  // Without UIDL only what was not surely deleted can be seen again; a closed one was.
  const fit = session.plan.byHash ? free.filter((one) => one.state !== "closed") : free;
  const match = fit.find((one) => one.id === at) ?? fit[0];
  if (match) return match;
  const twins = found.length + batch.filter((one) => one.facts.canonicalHash === canonicalHash).length;
  return `#${canonicalHash}${twins > 0 ? `.${twins}` : ""}`;
}

export async function settleKnown(session: Session, mail: Listed, known: Recognised): Promise<void> {
  const { scope, claimed, listing, plan } = session;
  session.used.add(known.id);
  if (!plan.byHash) await moveIdentity(scope, claimed, known.id, spotOf(listing.epoch, mail));
  // It was stored by an earlier session, and its bytes were compared just now: it may go when its time has come.
  markIfDue(session, mail, known.id, known.createdAt);
}

export function markIfDue(session: Session, mail: Listed, identityId: number, createdAt: Date): void {
  const { claimed, context } = session;
  const due = deleteDue({ state: "stored", createdAt }, claimed.settings, context.env.deleteDelayMinutes);
  if (due !== null && due <= session.now()) session.marks.push({ mail, identityId });
}

/**
 * Without TOP: everything is read once for its hash alone; known mails get their new spot, the others are new. One by one: a
 * missing end must not make one of two here either.
 */
export async function hashAll(session: Session, mails: Listed[]): Promise<{ known: Listed[]; fresh: Listed[] }> {
  const fresh: Listed[] = [];
  for await (const item of oneByOne(session, mails)) {
    if ("fault" in item) {
      await setAside(session, { mail: item.mail, compare: true }, item.fault);
      continue;
    }
    const canonical = new Canonical();
    for await (const chunk of item.bytes) canonical.push(chunk);
    canonical.end();
    const known = await recognise(session, item.mail, canonical.result().canonicalHash, []);
    if (typeof known === "object") await settleKnown(session, item.mail, known);
    else fresh.push(item.mail);
  }
  return { known: [], fresh };
}

/** Where mails are compared by their bytes: what a complete session did not see again is gone. */
export async function closeUnseen(session: Session): Promise<void> {
  if (session.broken || session.listing.incomplete) return;
  const gone = session.known.filter((one) => one.state === "stored" && !session.used.has(one.id));
  await closeIdentities(
    session.scope,
    session.claimed,
    gone.map(({ id }) => id),
  );
}

async function* oneByOne({ source }: Session, mails: Listed[]) {
  for (const mail of mails) yield* source.fetch([mail]);
}
