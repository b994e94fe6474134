// What a session came to: result, words for people, and whether the mailbox is due again at once.
import type { ClaimedMailbox } from "@/domain/mailbox/claim";
import { deathFacts } from "@/domain/mailbox/deaths";
import { wasLeaving } from "@/domain/mailbox/leaving";
import type { PollResult } from "@/domain/mailbox/poll-result";
import { type Listing, SourceFault } from "@/mail/source";
import type { Session } from "./session";

export interface SessionEnd {
  result: PollResult;
  error: string | null;
  reply: string | null;
  collected: number;
  more: boolean;
  recheck: boolean;
  stop: { kind: string; reason: string } | null;
  listed: { count: number; bytes: number; epoch: string } | null;
  facts: Record<string, unknown>;
  leavingStands: boolean;
  /** all that the source showed was looked at and collected */
  through: boolean;
}

/** A reason of ours to end it, in a sentence for people. */
export class SessionRefused extends Error {
  constructor(
    message: string,
    readonly stop: { kind: string; reason: string } | null = null,
  ) {
    super(message);
    this.name = "SessionRefused";
  }
}

export const isExpected = (error: unknown) => error instanceof SourceFault || error instanceof SessionRefused;

const resultOf: Record<SourceFault["kind"], PollResult> = {
  refused: "refused",
  busy: "busy",
  unreachable: "unreachable",
  tls: "error",
  certificate: "error",
  protocol: "error",
  folder: "error",
  mail: "error",
};
export const resultOfFault = (fault: SourceFault): PollResult => resultOf[fault.kind];

export function endOf(
  claimed: ClaimedMailbox,
  session: Session | null,
  listing: Listing | null,
  leftover: number,
  fault: unknown,
): SessionEnd {
  const collected = session?.collected ?? 0;
  const error = fault instanceof Error ? fault.message : null;
  const result: PollResult = fault
    ? collected > 0
      ? "partial"
      : fault instanceof SourceFault
        ? resultOfFault(fault)
        : "error"
    : session?.bad || (session?.broken && collected > 0)
      ? "partial"
      : collected > 0
        ? "ok"
        : "nothing-new";
  const bytes = listing?.mails.reduce((sum, mail) => sum + mail.size, 0) ?? 0;
  const stop = fault instanceof SessionRefused ? fault.stop : null;
  return {
    result,
    error: error ?? (session?.bad ? badWords(session.bad) : null),
    reply: fault instanceof SourceFault ? fault.reply || null : null,
    collected,
    // What a server won't delete is no reason to be back at once.
    more: collected > 0 || leftover > 0 || session?.broken === true,
    recheck: compareNext(claimed, session, leftover, fault),
    stop,
    listed: listing && { count: listing.mails.length, bytes, epoch: listing.epoch },
    facts: {
      ...(fault ? deathFacts(claimed) : {}),
      ...(session?.cutAt ? { cutAt: session.cutAt } : {}),
      ...(isLeaving(claimed, session, leftover, fault) ? { leaving: true } : {}),
      ...(session?.singlyUntil ? { singlyUntil: session.singlyUntil } : {}),
      ...(stop?.kind === "renumbered" || (claimed.facts.renumberAsked && leftover > 0) ? { renumberAsked: true } : {}),
    },
    leavingStands: false,
    through: session !== null && gotThrough(session, leftover, fault),
  };
}

const gotThrough = ({ broken, listing }: Session, leftover: number, fault: unknown): boolean =>
  fault === null && leftover === 0 && !broken && !listing.incomplete;

/** Whether what a listing lacks may still be what a session was about to delete: see leaving.ts. */
const isLeaving = (claimed: ClaimedMailbox, session: Session | null, leftover: number, fault: unknown): boolean =>
  session?.leaving === true || (wasLeaving(claimed) && !(session && gotThrough(session, leftover, fault)));

/** Whether the next session still has to compare before it delivers or deletes: this one did not get through, or saw nothing. */
function compareNext(claimed: ClaimedMailbox, session: Session | null, leftover: number, fault: unknown): boolean {
  if (!session || (claimed.recheck && session.listing.mails.length === 0)) return claimed.recheck;
  const { plan } = session;
  // A bad mail's session looked at nothing else.
  if (plan.retry) return claimed.recheck;
  return (plan.byHash ? claimed.recheck : plan.recheck) && !gotThrough(session, leftover, fault);
}

const badWords = (count: number) =>
  count === 1
    ? "One mail could not be collected. It stays where it is and is tried again in an hour, then daily."
    : `${count} mails could not be collected. They stay where they are and are tried again in an hour, then daily.`;
