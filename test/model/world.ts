// The model of the ferry: what a mail, its source, its row in the queue and the workers can be. Small on purpose: everything
// that a crash, a lost answer or an expired lease can tell apart, and nothing else. Names are those of the product.
import type { Place } from "@/domain/message/place";
import { placeOf } from "@/domain/message/place";
import type { MailState } from "@/domain/message/state";

/** The row of a collected mail, as the queue holds it. One recipient: what several add is placeOf's, which has its own test. */
export interface Row {
  readonly state: MailState;
  /** what stands in the mail's own column; the place itself is `placeOfRow` */
  readonly own: Place;
  /** null until it is routed */
  readonly recipient: Place | null;
  readonly reason: "" | "answer-lost" | "kills-worker" | "refused" | "nobody";
  /** the worker whose token stands in the row; null: nobody's */
  readonly token: number | null;
  /** the lease has run out by the database's clock */
  readonly over: boolean;
  readonly dotPending: boolean;
  /** claims that ended without a word */
  readonly claims: number;
  /** lost answers, since a person last released it */
  readonly uncertainCount: number;
  readonly possibleCopies: number;
}

export interface Mail {
  /** *marked deleted* is a session's (POP3 forgets it with the session): see `Session` */
  readonly source: "present" | "gone";
  readonly identity: "none" | "stored" | "closed";
  readonly row: Row | null;
  /** how often it was counted as collected */
  readonly collected: number;
  /** at the server; `plain`: those that were sent while nothing said that they may be a second one */
  readonly copies: number;
  readonly plain: number;
  /** dots whose answer nobody wrote down: lost on the wire, or with their worker */
  readonly lost: number;
  /** a 250 was committed by whoever had it in hand */
  readonly taken: boolean;
}

/** One session with the mailbox. `at`: what it has of each mail. */
export interface Session {
  readonly doing: "session";
  readonly at: readonly ("left" | "arriving" | "fetched" | "kept")[];
  /** marked: DELE was answered for all that is kept. confirmed: QUIT was answered */
  readonly phase: "open" | "marked" | "confirmed";
}

/** One mail over an open connection. took, refused, later, lost: what came of it, in hand and not committed. */
export interface Carrying {
  readonly doing: "carrying";
  readonly mail: number;
  readonly phase: "claimed" | "pending" | "took" | "refused" | "later" | "lost";
  /** another worker's dot was announced since */
  readonly overtaken: boolean;
}

export type Hands = { readonly doing: "nothing" } | Session | Carrying;

export interface World {
  readonly mails: readonly Mail[];
  readonly hands: readonly Hands[];
  readonly mailbox: { readonly token: number | null; readonly over: boolean };
  /** what may still go wrong, and how often a person may still release a mail */
  readonly left: { readonly faults: number; readonly releases: number };
}

export interface Settings {
  mails: number;
  workers: number;
  /** at most so many in one run; null: any number, at any step */
  faults: number | null;
  releases: number;
  /** whether the server at the source names its mails; without names they are known by their bytes alone */
  names: "uidl" | "none";
  /** what the tenant chose for a lost answer */
  uncertain: "resend" | "hold";
  /** one rule of the design left out, to see that the checker notices */
  without: Rule | null;
}
export type Rule =
  | "commit-before-delete"
  | "dot-pending"
  | "quit-answer"
  | "mailbox-lease-check"
  | "mail-lease-check"
  | "mark"
  | "third-lost-held";

export interface Step {
  name: string;
  /** something broke: not needed for the ferry to arrive */
  fault: boolean;
  next: World;
}

export const nothing: Hands = { doing: "nothing" };

const newMail: Mail = {
  source: "present",
  identity: "none",
  row: null,
  collected: 0,
  copies: 0,
  plain: 0,
  lost: 0,
  taken: false,
};

export const start = ({ mails, workers, faults, releases }: Settings): World => ({
  mails: Array<Mail>(mails).fill(newMail),
  hands: Array<Hands>(workers).fill(nothing),
  mailbox: { token: null, over: false },
  left: { faults: faults ?? 0, releases },
});

export const newRow: Row = {
  state: "received",
  own: "waiting",
  recipient: null,
  reason: "",
  token: null,
  over: false,
  dotPending: false,
  claims: 0,
  uncertainCount: 0,
  possibleCopies: 0,
};

export const placeOfRow = (row: Row): Place => placeOf(row.own, row.recipient === null ? [] : [row.recipient]);

export const replaced = <T>(list: readonly T[], at: number, value: T): readonly T[] =>
  list.map((one, n) => (n === at ? value : one));
export const withMail = (world: World, n: number, change: Partial<Mail>): World => {
  const mail = world.mails[n];
  return mail ? { ...world, mails: replaced(world.mails, n, { ...mail, ...change }) } : world;
};
export const withHands = (world: World, worker: number, hands: Hands): World => ({
  ...world,
  hands: replaced(world.hands, worker, hands),
});

/** All is where it belongs: settled in the queue, gone and forgotten at the source, and nobody has anything in hand. */
export const isOver = ({ mails, hands, mailbox }: World): boolean =>
  (mailbox.token === null || mailbox.over) &&
  hands.every(({ doing }) => doing === "nothing") &&
  mails.every(({ source, identity, row }) => source === "gone" && identity === "closed" && row?.state === "settled");
