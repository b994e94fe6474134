// Mails that can't be had: skipped, counted, shown, and tried again later in a session of their own.
import { badUidBySize, isBadOfSize, nextTry } from "@/domain/mailbox/cursor";
import { type Spot, spotOf } from "@/domain/mailbox/identity";
import { markBad } from "@/domain/mailbox/identity-write";
import type { Listed, SourceFault } from "@/mail/source";
import type { Session } from "./session";
import type { Wanted } from "./session-take";

/** Skipped, counted, shown with its UIDL; it stops nothing else, but this session ends without QUIT. */
export async function setAside(session: Session, { mail, tries = 0 }: Wanted, fault: SourceFault): Promise<void> {
  session.broken = true;
  session.bad += 1;
  await markBad(session.scope, session.claimed, badSpot(session, mail), {
    error: `${fault.message}${fault.reply ? ` The server said: ${fault.reply}` : ""}`.slice(0, 1000),
    tries: tries + 1,
    nextTryAt: nextTry(tries + 1, session.now()),
  });
  session.badSizes.push(mail.size);
}

/** A cut is nobody's fault the first time; the second time at the same mail it is that mail's. */
export async function cut(session: Session, at: Wanted | undefined, fault: SourceFault): Promise<void> {
  if (!at || fault.facts.why === "aborted" || session.signal.aborted) return;
  if (fault.facts.why === "longer") {
    // Nobody's fault but the listing's: asked for alone it comes as it is. A week, since a server may be mended.
    session.singlyUntil = new Date(session.now().getTime() + 7 * 86_400_000).toISOString();
    return;
  }
  const name = nameOf(at.mail);
  if (session.claimed.facts.cutAt === name || at.tries) await setAside(session, at, fault);
  else session.cutAt = name;
}

/** What a mail is called between sessions. */
export const nameOf = (mail: Listed): string => mail.uid ?? badUidBySize(mail.size);

function badSpot(session: Session, mail: Listed): Spot {
  const { plan, listing, known } = session;
  if (!plan.byHash) return spotOf(listing.epoch, mail);
  const { size } = mail;
  if (plan.retry) return { epoch: listing.epoch, uid: plan.retry.identity.uid, size };
  const taken = known.filter((one) => one.state === "bad" && isBadOfSize(one.uid, size)).length;
  const here = session.badSizes.filter((one) => one === size).length;
  return { epoch: listing.epoch, uid: badUidBySize(size, taken + here), size };
}
