// Rules about the recipient, then what is left of the 5xx. Nobody's mail gets here before filters, size and relay were ruled out.
import type { Stage } from "@/mail/reply";
import type { Rule } from "./rule";
import { unknownMeaning, unknownRemedy } from "./rules-refusal";
import { formWords, policyWords } from "./words";
import { nobodyWords } from "./words-recipient";

const afterMail: readonly Stage[] = ["rcpt", "data", "dot"];
const unknown = {
  class: "unknown-recipient",
  action: "badmail",
  meaning: unknownMeaning,
  remedy: unknownRemedy,
} as const;
const badmail = { class: "permanent", action: "badmail" } as const;

export const recipientRules: readonly Rule[] = [
  // 551 5.1.6 User has moved; please try <new@example.com>
  {
    name: "recipient-moved",
    stages: afterMail,
    code: /^5/,
    says: /(?:has|have|is) moved|moved to|umgezogen|please (?:try|use) (?:<?@|the new)|new address/,
    ...badmail,
    meaning: "The recipient has moved to another address.",
    remedy: "Send the mail to the new address, and change the mailbox or rule that names the old one.",
  },
  // 550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages
  {
    name: "recipient-overwhelmed",
    stages: afterMail,
    code: /^5/,
    says: /receiving mail at a rate|receiving mail too/,
    ...badmail,
    meaning: "The recipient gets more mail than the server lets in.",
    remedy: "Send the mail again later.",
  },
  // 550 5.1.10 RESOLVER.ADR.RecipientNotFound · 550 5.1.1 User unknown · 525 5.7.13 Disabled recipient address
  {
    name: "unknown-recipient-code",
    stages: afterMail,
    code: /^5/,
    enhanced: /^5\.(?:1\.(?:1|6|10|351)|2\.1|7\.13)$/,
    // 550 5.1.1 RCP-P2 Refused due to recipient preferences: the code says unknown, the words say otherwise
    unless:
      /account is blocked|not authori[sz]ed|\bdenied by|recipient preferences|quarantine|sender (?:\w+ )?(?:not|rejected|blocked|denied)/,
    ...unknown,
  },
  // 550 5.4.1 [gone@example.org]: Recipient address rejected: Access denied (directory-based edge blocking)
  {
    name: "unknown-recipient-edge",
    stages: afterMail,
    code: /^5/,
    enhanced: /^5\.4\.1$/,
    says: /recipient address(?:es)? rejected/,
    ...unknown,
  },
  // 550 5.7.1 Recipient rejected (recipient filter of Exchange 2007)
  // 550 No such user here · 550 Unrouteable address · 550 Requested action not taken: mailbox unavailable
  {
    name: "unknown-recipient",
    stages: afterMail,
    code: /^5/,
    says: nobodyWords,
    unless:
      /(?:host|domain|server|relay)(?: name| \S+\.\w+)? (?:is )?(?:unknown|not found|invalid|does not exist|lookup)|(?:unknown|invalid|no such|non-?existent) (?:host|domain)|domainnonexist|address domain|syntax|malformed|parameter|\bcommand\b|\bmime\b|certificate|permission|access (?:is )?denied$|not authori[sz]ed|resource record|policy restriction|resolver\.(?:con|fwd|grp|pf)|badprimary|long recipient address|submission|\byour (?:e-?mail )?account|reply-to|in header|from this sender|allowed senders|recipient preferences/,
    ...unknown,
  },
  // 554 5.6.0 Corrupt message content · 554 5.7.0 Reject, id=123-04 - BAD HEADER SECTION: Duplicate header field
  {
    name: "content-not-understood",
    code: /^5/,
    enhanced: /^5\.6\./,
    says: formWords,
    either: true,
    ...badmail,
    meaning: "The server can't read or store the mail as it is.",
    remedy: "Download the mail from BADMAIL and look at it there.",
  },
  // 550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy
  {
    name: "transport-rule",
    code: /^5/,
    says: /transport\.rules|mail ?flow rule|organi[sz]ation policy/,
    ...badmail,
    meaning: "A mail flow rule of the organisation refused the mail.",
    remedy: "Find the rule in Exchange, Get-TransportRule, and add an exception if the mail is wanted.",
  },
  // 554 5.7.9 Message not accepted for policy reasons · 550 5.7.0 Local Policy Violation · 5.7.1 Requested action not taken: message refused
  {
    name: "policy",
    code: /^5/,
    says: policyWords,
    stages: ["data", "dot"],
    class: "spam",
    action: "badmail",
    meaning:
      "The mail breaks a policy of the server or of the gateway in front of it; they say so of what they take for spam.",
    remedy:
      "If the mail is wanted, exempt Mailferry's address from filtering there (Add-IPAllowListEntry, or an exception in the gateway), and send it again.",
  },
  // 550 Denied by policy
  {
    name: "refused-by-policy",
    code: /^5/,
    enhanced: /^5\.7\.\d+$/,
    says: policyWords,
    either: true,
    ...badmail,
    meaning: "The server refuses it by a rule of its own.",
    remedy: "Look at the rules and restrictions of the server for this sender and recipient.",
  },
  {
    name: "permanent",
    ...badmail,
    meaning: "The server refused it for good.",
    remedy: "Read the server's own words; mend what they name, then send the mail again.",
  },
];
