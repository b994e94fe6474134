// Rules about "not now": every 4xx, and a 5xx that RFC 5321 tells to read as one. Such mail never goes to BADMAIL before
// "give up after".
import type { Rule } from "./rule";
import { manyRecipients } from "./words";
import { fullWords } from "./words-recipient";

const later = { class: "temporary", action: "retry" } as const;
const nothing = "Nothing to do: Mailferry tries again after the retry interval.";

export const temporaryRules: readonly Rule[] = [
  // 452 Too many recipients received this hour
  {
    name: "recipients-per-time",
    code: /^4/,
    says: /too many recipients[^.]{0,30}(?:hour|minute|day)/,
    class: "temporary",
    action: "pace",
    meaning: "The server limits how many recipients it takes in a time.",
    remedy: "Mailferry goes slower.",
  },
  // 452 4.5.3 Too many recipients · 552 Too many recipients (RFC 5321 §4.5.3.1.10: to be read as 452)
  {
    name: "too-many-recipients",
    code: /^(?:4\d\d|55[0-4])$/,
    enhanced: /^[45]\.5\.3$/,
    says: manyRecipients,
    either: true,
    class: "temporary",
    action: "next-transaction",
    meaning: "The server takes only so many recipients in one go.",
    remedy: "Nothing to do: the rest follow in the next transaction.",
  },
  // 451 5.7.1 Greylisting in action · 450 4.2.0 Recipient address rejected: Greylisted
  {
    name: "greylisted",
    code: /^4(?!21)/,
    says: /gr[ea]y-?list|postgrey|try again in \d+|spam repellent|postponed|deferred by policy|first time sender/,
    ...later,
    meaning: "The server asks every unknown sender to come again later (greylisting).",
    remedy: "Exempt Mailferry's address from greylisting there: mail then arrives without this delay.",
  },
  // 452 4.3.1 Insufficient system resources
  {
    name: "server-short-of-resources",
    code: /^4(?!21)/,
    enhanced: /^4\.3\.1$/,
    says: /insufficient system|disk space|no space left|system resources|back ?pressure|queue file write/,
    either: true,
    ...later,
    meaning: "The server is short of disk space or memory (Exchange calls it back pressure).",
    remedy: "Free disk space on the Exchange server. The mail waits here and follows by itself.",
  },
  {
    name: "mailbox-full-for-now",
    code: /^4(?!21)/,
    enhanced: /^4\.2\.2$/,
    says: fullWords,
    either: true,
    ...later,
    meaning: "The recipient's mailbox is full.",
    remedy: "Make room in the mailbox or raise its quota: Set-Mailbox <name> -ProhibitSendReceiveQuota 50GB",
  },
  // 450 4.1.8 Sender address rejected: Domain not found
  {
    name: "sender-not-checked-yet",
    code: /^4(?!21)/,
    enhanced: /^4\.1\.[78]$/,
    ...later,
    meaning: "The server could not look up the sender's domain.",
    remedy: nothing,
  },
  // 421 4.4.2 Connection dropped
  {
    name: "connection-closed-by-server",
    code: /^421$/,
    class: "temporary",
    action: "retry-other-first",
    meaning: "The server ended the conversation and asks to come again later.",
    remedy: nothing,
  },
  {
    name: "temporary",
    code: /^4/,
    ...later,
    meaning: "The server could not take the mail at the moment.",
    remedy: nothing,
  },
];
