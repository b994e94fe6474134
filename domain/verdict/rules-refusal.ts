// Rules about refusals for good that are not about who the recipient is: loops, size, relay, restrictions, filters, senders.
import type { Stage } from "@/mail/reply";
import type { Rule } from "./rule";
import { ownSender } from "./rules-session";
import {
  headerWords,
  listWords,
  loopWords,
  proofWords,
  relayWords,
  senderWords,
  sizeWords,
  spamWords,
  virusWords,
} from "./words";
import { firstWords, fullWords, nobodyWords, restrictedWords } from "./words-recipient";

const badmail = { class: "permanent", action: "badmail" } as const;
const spam = { class: "spam", action: "badmail" } as const;
const exempt =
  "If the mail is wanted, exempt Mailferry's address from filtering there (Add-IPAllowListEntry, or an exception in the gateway), and send it again.";
/** shared with rules-recipient.ts */
export const unknownMeaning = "The server knows no mailbox with this address, or the mailbox no longer takes mail.";
export const unknownRemedy =
  "Create the mailbox or add the address to one (Set-Mailbox <name> -EmailAddresses @{Add='<address>'}), then send it again.";
const afterMail: readonly Stage[] = ["rcpt", "data", "dot"];

export const refusalRules: readonly Rule[] = [
  // 554 5.4.6 Hop count exceeded - possible mail loop · 554 5.4.0 Error: too many hops
  {
    name: "mail-loop",
    enhanced: /^5\.4\.(?:6|14)$/,
    says: loopWords,
    either: true,
    ...badmail,
    meaning: "The mail has gone in circles.",
    remedy: "Look for a forwarding rule that sends mail back to a collected mailbox.",
  },
  // 554 5.6.211 Invalid MIME Content: Single text value size (32820) exceeded allowed maximum (32768) for the 'X-Test' header.
  {
    name: "header-too-large",
    code: /^5/,
    says: headerWords,
    class: "permanent",
    action: "header-too-large",
    meaning: "A header of the mail is larger than the server takes.",
    remedy: "Allow larger headers: Set-ReceiveConnector <name> -MaxHeaderSize 256KB",
  },
  // 552 5.2.2 The recipient's inbox is out of storage space and inactive
  {
    name: "mailbox-full",
    enhanced: /^5\.2\.2$/,
    says: fullWords,
    either: true,
    ...badmail,
    meaning: "The recipient's mailbox is full.",
    remedy:
      "Make room or raise the quota, Set-Mailbox <name> -ProhibitSendReceiveQuota 50GB, then send the mail again.",
  },
  // 550 5.1.8 Access denied, bad outbound sender · 550 5.7.509 Access denied, sending domain … does not pass DMARC verification
  {
    name: "sender-proof-code",
    enhanced: /^5\.7\.(?:2[0-689]|50\d|51[0-35-9]|6\d\d|70[58]|750)$/,
    unless: /external forwarding|recipient block policy/,
    ...spam,
    meaning:
      "The server refuses this sender or the address it came from (SPF, DKIM, DMARC, reverse DNS or a block list).",
    remedy: exempt,
  },
  // 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup · 550 5.7.520 … does not allow external forwarding
  {
    name: "recipient-restricted",
    enhanced: /^5\.7\.(?:1[23]\d|193|520|703)$/,
    says: restrictedWords,
    unless: new RegExp(`${listWords.source}|${spamWords.source}|${proofWords.source}`, "u"),
    either: true,
    ...badmail,
    meaning: "The recipient is there, but takes mail from certain senders only.",
    remedy:
      "Let it take mail from outside: Set-DistributionGroup <name> -RequireSenderAuthenticationEnabled $false (or Set-Mailbox).",
  },
  // 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
  {
    name: "relay-refused",
    enhanced: /^5\.7\.54$/,
    says: relayWords,
    unless: /(?<!not an )open relay|spammer|relay (?:black|block)|relays? (?:database|list)|ordb/,
    either: true,
    class: "permanent",
    action: "wait-domain",
    meaning: "The server does not take mail for the recipient's domain.",
    remedy: "Add the domain to the Accepted Domains: New-AcceptedDomain -Name <domain> -DomainName <domain>",
  },
  // 550 5.1.1 mx.spamgate.example: User unknown: a code that says it, and words that say it, before any word in a host's name
  {
    name: "unknown-recipient-plainly",
    stages: afterMail,
    code: /^5/,
    enhanced: /^5\.1\.(?:1|10)$/,
    says: nobodyWords,
    unless: new RegExp(`${listWords.source}|${proofWords.source}|${virusWords.source}|sender`, "u"),
    class: "unknown-recipient",
    action: "badmail",
    meaning: unknownMeaning,
    remedy: unknownRemedy,
  },
  // 550 No such user here - see https://antispam.example/help: who begins with it means it, whatever hosts follow
  {
    name: "unknown-recipient-first",
    stages: ["rcpt"],
    code: /^5/,
    says: firstWords,
    unless: new RegExp(`${listWords.source}|${fullWords.source}|sender`, "u"),
    class: "unknown-recipient",
    action: "badmail",
    meaning: unknownMeaning,
    remedy: unknownRemedy,
  },
  // 554 5.7.1 Spam message rejected · 550 5.7.1 Message rejected as spam by Content Filtering.
  {
    name: "spam",
    code: /^5/,
    says: spamWords,
    ...spam,
    meaning: "A filter there takes the mail for spam.",
    remedy: exempt,
  },
  // 554 5.7.1 virus Eicar-Test-Signature detected by ClamAV
  {
    name: "virus-or-forbidden-content",
    code: /^5/,
    says: virusWords,
    // 550 5.7.1 Message rejected as spam by Content Filtering: the filter of Exchange itself says which of the two
    unless: /rejected as spam/,
    ...spam,
    meaning: "A filter there found a virus, or an attachment or content that it does not let in.",
    remedy: exempt,
  },
  // 550 5.7.1 Service unavailable, Client host [192.0.2.44] blocked using Spamhaus
  {
    name: "on-a-block-list",
    code: /^5/,
    says: listWords,
    unless: /blocked by your organization's tenant|(?:account|mailbox|inbox) (?:is |was |has been )?blocked/,
    ...spam,
    meaning: "The sender, its server or an address in the mail is on a block list, or has a bad reputation there.",
    remedy: exempt,
  },
  // 550 5.7.1 Anonymous clients does not have permissions to send as this domain (spoof protection for the tenant's own domain)
  {
    name: "own-sender-refused",
    enhanced: /^5\.7\.(?:1|0|26|23|509)$/,
    ownSender: true,
    unless: new RegExp(`${relayWords.source}|${restrictedWords.source}|${nobodyWords.source}`, "u"),
    ...ownSender,
  },
  // 550 5.7.1 Sender ID (PRA) Not Permitted · 550 DMARC check failed.
  {
    name: "sender-proof",
    code: /^5/,
    says: proofWords,
    ...spam,
    meaning: "The server finds that the sender is not who it claims to be (SPF, DKIM, DMARC or reverse DNS).",
    remedy: exempt,
  },
  // 553 5.1.8 <root@vm.example.com>: Sender address rejected: Domain not found · 550 Unroutable sender address
  {
    name: "sender-refused",
    code: /^5/,
    enhanced: /^5\.(?:1\.[78]|7\.27)$/,
    says: senderWords,
    unless: /recipient|block|ban|denied by|polic/,
    either: true,
    ...badmail,
    meaning: "The server does not accept the sender's address.",
    remedy:
      "If mail from this sender is wanted, allow it in the Sender Filter: Get-SenderFilterConfig, Set-SenderFilterConfig",
  },
  // 552 5.3.4 Message size exceeds fixed maximum message size
  {
    name: "too-large",
    enhanced: /^5\.(?:3\.4|2\.3)$/,
    says: sizeWords,
    either: true,
    class: "permanent",
    action: "too-large",
    meaning: "The mail is larger than the server takes.",
    remedy:
      "Allow larger mails, then send it again: Set-ReceiveConnector <name> -MaxMessageSize 100MB, Set-TransportConfig -MaxReceiveSize 100MB",
  },
  {
    name: "bad-address-syntax",
    stages: afterMail,
    enhanced: /^5\.1\.3$/,
    ...badmail,
    meaning: "The server finds the recipient's address malformed.",
    remedy: "Correct the recipient in the mailbox or rule that names it.",
  },
];
