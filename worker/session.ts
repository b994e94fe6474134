// One session with one mailbox: sign in, list, ask the cursor, then look, fetch, store, delete, and end it the right way.
import { randomUUID } from "node:crypto";
import type { ClaimedMailbox } from "@/domain/mailbox/claim";
import { type Known, nextTry, type Plan, planSession, refusedBySource } from "@/domain/mailbox/cursor";
import { forSession } from "@/domain/mailbox/deaths";
import { closedUids, hadMail, openIdentities } from "@/domain/mailbox/identity";
import { closeIdentities, freeNames, postponeBad } from "@/domain/mailbox/identity-write";
import { wasLeaving } from "@/domain/mailbox/leaving";
import { startInstant } from "@/domain/mailbox/start";
import type { Left } from "@/domain/message/intake";
import type { TenantScope } from "@/domain/scope";
import type { Listed, Listing, SourceSession } from "@/mail/source";
import type { WorkerContext } from "./room";
import { nameOf } from "./session-bad";
import { endOf, isExpected, type SessionEnd, SessionRefused } from "./session-end";
import { finish } from "./session-finish";
import { closeUnseen, hashAll } from "./session-known";
import { compareHeaders, type Judged, judgeStart, otherThanLeftOut, verifyRemovals } from "./session-look";
import { fetchAndStore, type Wanted } from "./session-take";

/** Everything that one session knows and adds up. */
export interface Session {
  context: WorkerContext;
  scope: TenantScope;
  claimed: ClaimedMailbox;
  source: SourceSession;
  listing: Listing;
  plan: Plan;
  known: Known[];
  /** identities that stand for a listed mail already: one identity recognises one mail */
  used: Set<number>;
  start: Date | null;
  /** stands on the identities that this session makes */
  id: string;
  /** the database's clock, as far as this session can tell */
  now: () => Date;
  /** ends the session: lease lost, or the worker gives up */
  signal: AbortSignal;
  /** stored and due to go: deleted at the source when the session ends well */
  marks: { mail: Listed; identityId: number }[];
  collected: number;
  bad: number;
  /** sizes of the bad mails of this session: without UIDL they are known by nothing else */
  badSizes: number[];
  /** a fetched mail was not committed, is in doubt or was skipped: never QUIT */
  broken: boolean;
  /** the database got too little room meanwhile: what is fetched is stored, and no more is fetched */
  noRoom: boolean;
  /** told about each commit and what it left to do, so that its mails move while the rest is collected */
  onCommit: (left: Left) => void;
  /** where the connection was cut: the second cut at the same mail makes it a bad one */
  cutAt: string | null;
  /** about to delete at the source, and not yet written down that it did */
  leaving: boolean;
  /** sizes of this server can't be relied on, so nothing is asked for ahead until then (ISO 8601) */
  singlyUntil: string | null;
}

export interface SessionWish {
  context: WorkerContext;
  scope: TenantScope;
  claimed: ClaimedMailbox;
  source: SourceSession;
  now: () => Date;
  signal: AbortSignal;
  onCommit: (left: Left) => void;
}

/** From the listing on. Always leaves the source ended: by commit() when all went well, else by abort(). */
export async function runSession(wish: SessionWish): Promise<SessionEnd> {
  let session: Session | null = null;
  let leftover = 0;
  let fault: unknown = null;
  let listing: Listing | null = null;
  try {
    listing = await wish.source.list();
    session = await prepare(wish, listing);
    leftover = await collect(session);
    await finish(session);
  } catch (error) {
    fault = error;
  } finally {
    if (fault || session?.broken) wish.source.abort();
  }
  if (fault && !isExpected(fault)) throw fault;
  return endOf(wish.claimed, session, listing, leftover, fault);
}

async function prepare(wish: SessionWish, listing: Listing): Promise<Session> {
  const { claimed, scope, source, now } = wish;
  const refused = refusedBySource(claimed.settings, source.facts, listing.uidsUsable);
  if (refused) throw new SessionRefused(refused.sentence);
  const known = await openIdentities(scope, claimed.mailboxId);
  const here = new Map(known.filter((one) => one.epoch === listing.epoch).map((one) => [one.uid, one.id]));
  const unknown = listing.mails.flatMap(({ uid }) => (uid !== null && !here.has(uid) ? [uid] : []));
  const keeps = claimed.settings.after !== "delete";
  // Asked only where the plan needs it.
  const had = known.length > 0 || ((claimed.recheck || keeps) && (await hadMail(scope, claimed.mailboxId)));
  const plan = planSession({
    listing,
    known,
    closedUids: await closedUids(scope, claimed.mailboxId, listing.epoch, unknown),
    settings: claimed.settings,
    recheck: claimed.recheck && had,
    emptied: keeps && had && known.length === 0,
    leaving: wasLeaving(claimed),
    deleteDelayMinutes: wish.context.env.deleteDelayMinutes,
    now: now(),
  });
  await closeIdentities(scope, claimed, plan.close);
  await freeNames(scope, claimed, listing.epoch, [...plan.missing.identities]);
  const used = new Set(listing.uidsUsable ? listing.mails.flatMap(({ uid }) => here.get(uid ?? "") ?? []) : []);
  return {
    ...wish,
    listing,
    plan,
    known,
    used,
    start: startInstant(claimed.settings.start, claimed.timeZone),
    id: randomUUID(),
    marks: [],
    collected: 0,
    bad: 0,
    badSizes: [],
    broken: false,
    noRoom: false,
    cutAt: null,
    leaving: false,
    singlyUntil: typeof claimed.facts.singlyUntil === "string" ? claimed.facts.singlyUntil : null,
  };
}

/** Returns how many mails were left for the next session. */
async function collect(session: Session): Promise<number> {
  const { plan, claimed } = session;
  const most = claimed.settings.maxPerPoll;
  if (plan.retry) {
    // A session of its own, so that what it breaks is nobody else's.
    const { mail, identity } = plan.retry;
    session.used.delete(identity.id);
    await postponeBad(session.scope, identity.id, identity.tries + 1, nextTry(identity.tries + 1, session.now()));
    await fetchAndStore(session, [{ mail, compare: true, tries: identity.tries }]);
    return 1;
  }
  if (plan.byHash) {
    const now = forSession(claimed, plan.fresh, most, nameOf);
    await fetchAndStore(
      session,
      now.map((mail) => ({ mail, compare: true })),
    );
    const notThereYet = claimed.recheck && session.listing.mails.length === 0;
    if (now.length === plan.fresh.length && plan.waitingBad === 0 && !notThereYet) await closeUnseen(session);
    return plan.fresh.length - now.length;
  }
  const removal = await verifyRemovals(session);
  plan.fresh.push(...(await otherThanLeftOut(session)));
  const judged = plan.recheck ? await recheck(session) : await judgeStart(session, plan.fresh);
  const todo: Wanted[] = [
    ...[...judged.compare, ...plan.compare, ...removal.compare].map((mail) => ({ mail, compare: true })),
    ...plan.wanted.map((mail) => ({ mail, compare: false })),
    ...judged.collect.map((mail) => toCollect(mail, plan)),
  ].sort((a, b) => a.mail.number - b.mail.number);
  const now = forSession(claimed, todo, most, ({ mail }) => nameOf(mail));
  await fetchAndStore(session, now);
  const left = todo.length - now.length + judged.left + removal.left;
  // All is compared: what nothing matched is gone, and its name may come again on another mail.
  const compared = plan.recheck || plan.missing.identities.size > 0;
  if (compared && left === 0 && plan.waitingBad === 0 && session.bad === 0) await closeUnseen(session);
  return left;
}

/** A new mail; one that may be known under another name is compared with what the listing lacks. */
const toCollect = (mail: Listed, { missing }: Plan): Wanted =>
  missing.mails.has(mail.number) ? { mail, compare: true, among: missing.identities } : { mail, compare: false };

/** Renumbered, or another source: nothing is delivered before every mail was compared; too many new ones stop it. */
async function recheck(session: Session): Promise<Judged> {
  const { plan, source, claimed } = session;
  const found = source.facts.canPeek ? await compareHeaders(session) : await hashAll(session, plan.fresh);
  const judged = await judgeStart(session, found.fresh);
  const limit = claimed.settings.renumberLimit;
  if (judged.collect.length > limit && claimed.facts.renumberAsked !== true) {
    const reason = `The provider names its mails anew, and ${judged.collect.length} of them are not known here (the limit is ${limit}). Look whether they are new mail; then start the mailbox to collect them, or choose another Start.`;
    throw new SessionRefused(reason, { kind: "renumbered", reason });
  }
  return { ...judged, compare: found.known };
}
