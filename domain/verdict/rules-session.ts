// Rules about the session, once mail is offered: demands for TLS, a sign-in, another HELO or a slower pace, and who may send
// as whom. The mail is charged nothing, but for the last.
import type { Rule } from "./rule";
import { heloWords, rateWords, relayWords, sendAsWords, signInWords, spamWords, tlsWords, virusWords } from "./words";

const stop = { class: "connection", action: "stop-lane" } as const;
/** A filter speaks, whatever else it says. */
const filterWords = new RegExp(`${virusWords.source}|${spamWords.source}`, "u");
/** shared with rules-refusal.ts */
export const ownSender = {
  class: "permanent",
  action: "own-sender",
  meaning:
    "The server takes no mail from outside that bears an address of its own domain. That is spoof protection, not spam.",
  remedy:
    "Allow it for this connector: Get-ReceiveConnector <name> | Add-ADPermission -User 'NT AUTHORITY\\ANONYMOUS LOGON' -ExtendedRights ms-Exch-SMTP-Accept-Authoritative-Domain-Sender",
} as const;

export const sessionRules: readonly Rule[] = [
  // 451 5.7.3 STARTTLS is required to send mail · 530 5.7.0 Must issue a STARTTLS command first
  {
    name: "encryption-required",
    enhanced: /^5\.7\.10$/,
    says: tlsWords,
    // 550 5.7.10 STOREDRV.Submit; Sender mailbox quarantined.
    unless: /quarantine/,
    either: true,
    // 550 5.7.1 Recipient requires TLS, said on an encrypted connection, is about the way beyond that server.
    inClear: true,
    ...stop,
    meaning: "The server takes mail over an encrypted connection only.",
    remedy: "Tick Allow StartTLS, or choose Require StartTLS.",
  },
  // 530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM
  {
    name: "anonymous-not-allowed",
    enhanced: /^5\.7\.57$/,
    says: /not authenticated to send (?:anonymous )?mail/,
    either: true,
    class: "connection",
    action: "stop-lane-send-as",
    meaning: "The server takes no mail without a sign-in.",
    remedy:
      "Allow it for the connector, Set-ReceiveConnector <name> -PermissionGroups AnonymousUsers, or give User name and Password.",
  },
  // 530 5.7.0 Authentication required
  {
    name: "sign-in-required-code",
    stages: ["mail", "rcpt", "data", "dot"],
    code: /^530$/,
    // 530 5.3.1 Intercepted and rejected by administrative action. PRJCT: a refusal of this mail
    enhanced: /^(?!5\.3\.)/,
    ...stop,
    meaning: "The server takes no mail without a sign-in.",
    remedy:
      "Give User name and Password, or allow anonymous mail: Set-ReceiveConnector <name> -PermissionGroups AnonymousUsers",
  },
  // 451 5.7.3 Cannot achieve Exchange Server authentication · 451 5.7.3 Require basic authentication
  {
    name: "session-not-trusted",
    stages: ["mail"],
    code: /^451$/,
    enhanced: /^5\.7\.3$/,
    ...stop,
    meaning: "The receive connector takes mail only from who signs in, or from Exchange servers.",
    remedy:
      "Give User name and Password, or allow anonymous mail: Set-ReceiveConnector <name> -PermissionGroups AnonymousUsers",
  },
  // 550 Please turn on SMTP Authentication in your mail client. … not permitted to relay … without authentication.
  {
    name: "sign-in-required",
    stages: ["mail"],
    code: /^5/,
    says: signInWords,
    ...stop,
    meaning: "The server takes no mail without a sign-in.",
    remedy:
      "Give User name and Password, or allow anonymous mail: Set-ReceiveConnector <name> -PermissionGroups AnonymousUsers",
  },
  // 503 5.5.2 Send hello first
  {
    name: "out-of-order",
    stages: ["mail"],
    code: /^503$/,
    ...stop,
    meaning: "The server did not expect a mail at this point of the conversation.",
    remedy:
      "Mailferry tries again on a new connection. If it stays, a device between here and Exchange changes the conversation.",
  },
  // 504 5.5.2 <server>: Helo command rejected: need fully-qualified hostname (at RCPT, but about us)
  // Not Exim's "Callback setup failed while verifying … a HELO …": that is about the server's own call.
  {
    name: "helo-refused-late",
    code: /^5/,
    says: heloWords,
    unless: new RegExp(`${relayWords.source}|callback|callout|blocked using`, "u"),
    ...stop,
    meaning: "The server does not accept the name that Mailferry greets it by.",
    remedy: "Give a full DNS name in HELO Domain, like ferry.provider.example.",
  },
  // 421 4.7.0 Too many messages for this session, closing connection
  {
    name: "session-used-up",
    code: /^4/,
    says: /too many (?:messages|mails|e-?mails|transactions)[^.]{0,30}(?:session|connection)|(?:messages?|mails?|transactions?|session|connection) (?:\w+ )?(?:per|for this|in this) (?:session|connection)/,
    class: "connection",
    action: "retry-other-first",
    meaning: "The server takes only so many mails per connection.",
    remedy: "Nothing to do: Mailferry goes on with a new connection.",
  },
  // 421 4.4.2 Message submission rate for this client has exceeded the configured limit
  {
    name: "rate-exceeded",
    code: /^4/,
    says: rateWords,
    class: "temporary",
    action: "pace",
    meaning: "The server limits how many mails it takes from us in a time.",
    remedy: "Mailferry goes slower. To allow more: Set-ReceiveConnector <name> -MessageRateLimit unlimited",
  },
  // 550 5.7.1 Client does not have permissions to send as this sender, to a sender of the tenant's own domain: it is about
  // that mail alone, others are taken. 5.7.60 with the same words is about the account.
  {
    name: "own-sender-send-as",
    enhanced: /^5\.7\.1$/,
    says: sendAsWords,
    unless: filterWords,
    ownSender: true,
    ...ownSender,
  },
  // 550 5.7.60 SMTP; Client does not have permissions to send as this sender
  {
    name: "send-as-refused",
    enhanced: /^5\.7\.60$/,
    says: sendAsWords,
    unless: filterWords,
    either: true,
    class: "permanent",
    action: "stop-lane-send-as",
    meaning: "The account may not send mail that bears other people's addresses.",
    remedy:
      "On port 25 leave User name empty. Or grant it: Get-ReceiveConnector <name> | Add-ADPermission -User <account> -ExtendedRights ms-Exch-SMTP-Accept-Any-Sender",
  },
];
