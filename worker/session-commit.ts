// Committing what a session fetched: a batch at once, and one by one when the database refuses one of its mails.
import { LeaseLost } from "@/domain/mailbox/claim";
import { type Arrival, commitBatch, type Left } from "@/domain/message/intake";
import { wordsOf } from "@/lib/errors";
import { SourceFault } from "@/mail/source";
import { healsByItself } from "./loop";
import type { Session } from "./session";
import { setAside } from "./session-bad";
import { markIfDue } from "./session-known";
import type { Wanted } from "./session-take";

/** Fetched, and not ours yet. Both lists are in the same order. */
export interface Batch {
  arrivals: Arrival[];
  wanted: Wanted[];
}

/**
 * What the database takes of none is thrown; what it doesn't take together with its recipients goes without, and is routed later; a
 * mail that it refuses for good is set aside, and the others are stored.
 */
export async function commitArrivals(session: Session, { arrivals, wanted }: Batch, routing = true): Promise<Left> {
  try {
    return await commit(session, arrivals, wanted, routing);
  } catch (error) {
    if (!isOneMails(error)) throw error;
    if (routing) return commitArrivals(session, { arrivals, wanted }, false);
    if (arrivals.length === 1) return refuse(session, arrivals[0], wanted[0], error);
  }
  let route = false;
  for (const [n, arrival] of arrivals.entries()) {
    const one = wanted[n];
    if (one) route = (await commitArrivals(session, { arrivals: [arrival], wanted: [one] }, false)).route || route;
  }
  return { route, wake: null };
}

/** Neither the database as a whole nor the lease: it comes of what stands in a mail, and would come each time. */
const isOneMails = (error: unknown) => !(error instanceof LeaseLost) && !healsByItself(error);

async function commit(session: Session, arrivals: Arrival[], wanted: Wanted[], routing: boolean): Promise<Left> {
  const { scope, claimed, context, id } = session;
  const wish = { session: id, leaseSeconds: context.env.leaseSeconds, routing };
  const { identityIds, left } = await commitBatch(scope, claimed, wish, arrivals);
  session.collected += identityIds.length;
  const storedAt = session.now();
  for (const [n, identityId] of identityIds.entries()) {
    const mail = wanted[n]?.mail;
    session.used.add(identityId);
    if (mail) markIfDue(session, mail, identityId, storedAt);
  }
  return left;
}

async function refuse(
  session: Session,
  arrival: Arrival | undefined,
  one: Wanted | undefined,
  error: unknown,
): Promise<Left> {
  if (!arrival || !one) throw error;
  const { log } = session.context;
  log.error(
    { mailbox: session.claimed.mailboxId, mail: one.mail.uid, error: wordsOf(error) },
    "a mail can't be stored",
  );
  await arrival.writer.discard().catch(() => {});
  await setAside(
    session,
    one,
    new SourceFault("mail", `Mailferry could not store this mail: ${wordsOf(error)}. It stays at the provider.`),
  );
  return { route: false, wake: null };
}
