// What a server's reply is (class), and what follows from it (action). The class says what it is; the action says to whom
// it applies. Rules are data: domain/verdict/rules.ts.
import type { ReplyClass } from "@/mail/reply";

export const actions = [
  /** again after the retry interval; BADMAIL only after "give up after" */
  "retry",
  /** 421 without a rule of its own, cut or timeout from MAIL on: as retry, and two different mails in a row stop the lane */
  "retry-other-first",
  /** this recipient (or this mail) to BADMAIL at once */
  "badmail",
  /** BADMAIL with reason "too large", both numbers */
  "too-large",
  /** BADMAIL with reason "header too large" */
  "header-too-large",
  /** 5.7.1 to a sender of the tenant's own domain: BADMAIL, spoof protection, not spam */
  "own-sender",
  /** the lane is open with a reason and is probed every retry interval; the mail is charged nothing */
  "stop-lane",
  /** stop-lane: the account may not send for others (5.7.60, 5.7.57) */
  "stop-lane-send-as",
  /** 5.7.54, unable to relay: that recipient domain waits, others flow, one notice */
  "wait-domain",
  /** 421 4.3.2: the lane's own cap goes down, then slowly up again */
  "lower-cap",
  /** submission or message rate exceeded: the lane is paced */
  "pace",
  /** 452/552 too many recipients: those taken are sent, the rest go in the next transaction */
  "next-transaction",
] as const;
export type Action = (typeof actions)[number];

export interface Verdict {
  class: ReplyClass;
  action: Action;
  /** the name of the rule that says so */
  rule: string;
  /** what it means, a sentence for people */
  meaning: string;
  /** what to do about it, a sentence for people; may be empty */
  remedy: string;
}
