// One recipient's share of an outcome: what the reply means for it, and where it goes.
import type { ClaimedMail } from "@/domain/message/claim";
import type { MailRecipient } from "@/domain/message/claim-next";
import type { RecipientOutcome } from "@/domain/message/outcome";
import { classify } from "@/domain/verdict/classify";
import { filledRemedy, type Known } from "@/domain/verdict/remedy";
import type { Verdict } from "@/domain/verdict/verdict";
import type { Reply, Stage } from "@/mail/reply";

export interface OutcomeContext {
  /** the tenant's own domains, lower case: a refusal of such a sender is spoof protection, not spam */
  ownDomains: ReadonlySet<string>;
  /** connections of this lane now, for 421 4.3.2 */
  connections: number;
  /** mails that the server took within the last minute, for its rate limits */
  sentLastMinute: number;
  host: string;
  /** the connection is encrypted */
  encrypted: boolean;
  /** what the server announced with SIZE, octets */
  sizeLimit: number | null;
  /** what a remedy can name: the account, and how the server greets us */
  known: Known;
}

export function judgeRecipient(
  mail: ClaimedMail,
  recipient: MailRecipient,
  stage: Stage,
  reply: Reply,
  context: OutcomeContext,
): RecipientOutcome {
  const verdict = verdictOf(mail, stage, reply, context, recipient);
  const said = { ...blank(recipient), verdict, stage, reply, reason: verdict.meaning };
  switch (verdict.action) {
    case "badmail":
      if (verdict.class === "unknown-recipient" && mayReroute(mail, recipient))
        return { ...said, place: "waiting", wait: "now", reasonKind: "rerouted", rerouteTo: mail.rerouteTo };
      return { ...said, place: "badmail", reasonKind: verdict.class };
    case "too-large":
      return { ...said, place: "badmail", reasonKind: "too-large", reason: tooLarge(mail.size, context) };
    case "header-too-large":
    case "own-sender":
      return { ...said, place: "badmail", reasonKind: verdict.action };
    case "wait-domain":
      return { ...said, place: "waiting", wait: "domain", reasonKind: "relay" };
    case "next-transaction":
      return { ...said, place: "waiting", wait: "now", reasonKind: "next-transaction" };
    case "retry-other-first":
      return { ...said, place: "waiting", wait: "retry", reasonKind: "cut" };
    case "retry":
    case "stop-lane":
    case "stop-lane-send-as":
    case "lower-cap":
    case "pace":
      return { ...said, place: "waiting", wait: "retry", reasonKind: "deferred" };
  }
}

/** Both numbers. The limit that SIZE names may be a higher one than that by which the mail was refused. */
export function tooLarge(size: number, { host, sizeLimit }: OutcomeContext): string {
  const limit =
    sizeLimit === null
      ? `and ${host} takes less; it does not say how much`
      : size > sizeLimit
        ? `and ${host} takes ${sizeLimit} at most`
        : `and ${host} refused it although it announces ${sizeLimit}: another limit there, of the organisation or the mailbox, is lower`;
  return `The mail has ${size} octets, ${limit}. Raise MaxMessageSize on the receive connector and MaxReceiveSize of the organisation, then send it again.`;
}

/** Once, and never for our own notices. */
const mayReroute = (mail: ClaimedMail, recipient: MailRecipient): boolean =>
  mail.rerouteTo !== "" &&
  mail.kind !== "notice" &&
  !recipient.rerouted &&
  recipient.address.toLowerCase() !== mail.rerouteTo.toLowerCase();

/** With the remedy filled in as far as it is known; for one recipient, or for the mail as a whole. */
export function verdictOf(
  mail: ClaimedMail,
  stage: Stage,
  reply: Reply,
  context: OutcomeContext,
  recipient = mail.recipients.length === 1 ? mail.recipients[0] : undefined,
): Verdict {
  const domain = mail.sender.slice(mail.sender.lastIndexOf("@") + 1).toLowerCase();
  const verdict = classify(stage, reply, {
    senderIsOwn: mail.sender !== "" && context.ownDomains.has(domain),
    recipients: mail.recipients.length,
    encrypted: context.encrypted,
  });
  const known = recipient ? { ...context.known, recipient: recipient.address } : context.known;
  return { ...verdict, remedy: filledRemedy(verdict.remedy, known) };
}

export const blank = (recipient: MailRecipient): RecipientOutcome => ({
  id: recipient.id,
  address: recipient.address,
  place: "waiting",
  wait: "now",
  verdict: null,
  stage: null,
  reply: null,
  reasonKind: null,
  reason: null,
});

export const waiting = (
  recipient: MailRecipient,
  wait: "retry" | "now",
  verdict: Verdict | null,
  reasonKind: string,
  reason: string,
): RecipientOutcome => ({ ...blank(recipient), wait, verdict, reasonKind, reason });
