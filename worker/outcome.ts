// Outcome: from the server's answers to what becomes of each recipient, of the mail and of its lane. Pure; the commit is
// domain/message/outcome.ts.
import type { LaneEvent } from "@/domain/lane/breaker";
import type { ClaimedMail, MailRecipient } from "@/domain/message/claim";
import type { MailOutcome, RecipientOutcome } from "@/domain/message/outcome";
import { classify } from "@/domain/verdict/classify";
import { refusalKey } from "@/domain/verdict/same-refusal";
import type { Action, Verdict } from "@/domain/verdict/verdict";
import type { Reply, Stage } from "@/mail/reply";
import type { SendResult, SmtpFault } from "@/mail/smtp";
import { stopEvent } from "./lane-fault";

export interface OutcomeContext {
  /** the tenant's own domains, lower case: a refusal of such a sender is spoof protection, not spam */
  ownDomains: ReadonlySet<string>;
  /** connections of this lane now, for 421 4.3.2 */
  connections: number;
  /** mails that the server took within the last minute, for its rate limits */
  sentLastMinute: number;
  host: string;
}

type Core = Omit<MailOutcome, "server" | "tls" | "conversation">;

export function outcomeOf(mail: ClaimedMail, result: SendResult, context: OutcomeContext): Core {
  switch (result.kind) {
    case "accepted":
      return acceptedOutcome(mail, result, context);
    case "refused":
      return refusedOutcome(mail, result, context);
    case "unsendable":
      return unsendable(mail, result, context);
  }
}

/** The connection failed while it carried this mail. */
export function outcomeOfFault(mail: ClaimedMail, fault: SmtpFault, context: OutcomeContext): Core {
  const base = { charged: true, stage: fault.stage, reply: fault.reply, words: fault.message, oneByOne: false };
  if (fault.reply) return repliedFault(mail, fault.stage, fault.reply, context);
  if (fault.kind === "aborted" && !fault.dotPending)
    return laneFault(mail, "lost", fault.stage, null, fault.message, null);
  const event: LaneEvent = { kind: "cut", mailId: mail.id, words: fault.message };
  if (fault.dotPending) {
    const recipients = mail.recipients.map((recipient) =>
      waiting(recipient, "now", null, "answer-lost", fault.message),
    );
    return { ...base, attempt: "uncertain", recipients, event: fault.kind === "aborted" ? null : event };
  }
  const recipients = mail.recipients.map((recipient) => waiting(recipient, "retry", null, "cut", fault.message));
  return { ...base, attempt: "deferred", recipients, event };
}

/** Nothing was tried, or the worker stops: the mail waits as it was. */
export const untouched = (mail: ClaimedMail, words: string): Core => laneFault(mail, "lost", null, null, words, null);

function acceptedOutcome(mail: ClaimedMail, result: SendResult & { kind: "accepted" }, context: OutcomeContext): Core {
  const refused = new Map(result.refused.map(({ recipient, reply }) => [recipient, reply]));
  const recipients = mail.recipients.map((recipient): RecipientOutcome => {
    const reply = refused.get(recipient.address);
    if (!reply) return { ...blank(recipient), place: "delivered", stage: "dot", reply: result.reply };
    return judgeRecipient(mail, recipient, "rcpt", reply, context);
  });
  const partly = recipients.some(({ place }) => place !== "delivered");
  return {
    attempt: partly ? "partly" : "accepted",
    charged: true,
    stage: "dot",
    reply: result.reply,
    words: "",
    recipients,
    oneByOne: false,
    event: { kind: "accepted" },
  };
}

function refusedOutcome(mail: ClaimedMail, result: SendResult & { kind: "refused" }, context: OutcomeContext): Core {
  const { stage, reply } = result;
  const verdict = verdictOf(mail, stage, reply, context);
  const fault = laneVerdict(mail, stage, reply, verdict, context);
  if (fault) return fault;
  const several = mail.recipients.length > 1;
  if (stage === "dot" && several && verdict.class === "unknown-recipient") return splitUp(mail, stage, reply);
  const refused = new Map(result.refused.map((one) => [one.recipient, one.reply]));
  const recipients = mail.recipients.map((recipient) => {
    const own = refused.get(recipient.address);
    return own
      ? judgeRecipient(mail, recipient, "rcpt", own, context)
      : judgeRecipient(mail, recipient, stage, reply, context);
  });
  // Nobody was taken, so "the rest in the next transaction" would go round for ever.
  const settled = recipients.map((one) =>
    one.verdict?.action === "next-transaction" ? { ...one, wait: "retry" as const } : one,
  );
  const bad = settled.some(({ place }) => place === "badmail");
  return {
    attempt: bad || settled.some(({ rerouteTo }) => rerouteTo) ? "refused" : "deferred",
    charged: true,
    stage,
    reply,
    words: "",
    recipients: settled,
    oneByOne: false,
    event: refusalEvent(mail, stage, reply, verdict, settled),
  };
}

/** One unknown address makes Exchange refuse the whole mail after the dot: each recipient gets a transaction of its own. */
function splitUp(mail: ClaimedMail, stage: Stage, reply: Reply): Core {
  const words = "The server refused the mail because of one of its recipients: each is tried alone.";
  const recipients = mail.recipients.map((recipient) => waiting(recipient, "now", null, "one-by-one", words));
  const event: LaneEvent = { kind: "answered", permanent: true };
  return { attempt: "deferred", charged: true, stage, reply, words, recipients, oneByOne: true, event };
}

/** A fault of the lane or its limits: the mail waits, uncharged. Null when the verdict is about the mail. */
function laneVerdict(
  mail: ClaimedMail,
  stage: Stage,
  reply: Reply,
  verdict: Verdict,
  context: OutcomeContext,
): Core | null {
  const event = laneEvent(verdict, stage, reply, context);
  return event && laneFault(mail, "lane", stage, reply, verdict.meaning, event);
}

function laneEvent(verdict: Verdict, stage: Stage, reply: Reply, context: OutcomeContext): LaneEvent | null {
  const reason = `${verdict.meaning} ${verdict.remedy}`.trim();
  switch (verdict.action) {
    case "stop-lane":
    case "stop-lane-send-as":
      return stopEvent({ host: context.host, stage, reply, verdict });
    case "lower-cap":
      return { kind: "lower-cap", connections: context.connections, reason };
    case "pace":
      return { kind: "pace", sentLastMinute: context.sentLastMinute, reason };
    case "retry":
    case "retry-other-first":
    case "badmail":
    case "too-large":
    case "header-too-large":
    case "own-sender":
    case "wait-domain":
    case "next-transaction":
      return null;
  }
}

/** 421 and the server hangs up. */
function repliedFault(mail: ClaimedMail, stage: Stage, reply: Reply, context: OutcomeContext): Core {
  const verdict = verdictOf(mail, stage, reply, context);
  const fault = laneVerdict(mail, stage, reply, verdict, context);
  if (fault) return fault;
  if (verdict.action === "retry-other-first") {
    const words = `${reply.code} ${reply.text}`.slice(0, 300);
    const recipients = mail.recipients.map((one) => ({
      ...waiting(one, "retry", verdict, "cut", words),
      stage,
      reply,
    }));
    const event: LaneEvent = { kind: "cut", mailId: mail.id, words };
    return { attempt: "deferred", charged: true, stage, reply, words, recipients, oneByOne: false, event };
  }
  return refusedOutcome(mail, { kind: "refused", stage, reply, taken: [], refused: [] }, context);
}

function judgeRecipient(
  mail: ClaimedMail,
  recipient: MailRecipient,
  stage: Stage,
  reply: Reply,
  context: OutcomeContext,
): RecipientOutcome {
  const verdict = verdictOf(mail, stage, reply, context);
  const said = { ...blank(recipient), verdict, stage, reply, reason: verdict.meaning };
  switch (verdict.action) {
    case "badmail":
      if (verdict.class === "unknown-recipient" && mayReroute(mail, recipient))
        return { ...said, place: "waiting", wait: "now", reasonKind: "rerouted", rerouteTo: mail.rerouteTo };
      return { ...said, place: "badmail", reasonKind: verdict.class };
    case "too-large":
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

/** Once, and never for our own notices. */
const mayReroute = (mail: ClaimedMail, recipient: MailRecipient): boolean =>
  mail.rerouteTo !== "" &&
  mail.kind !== "notice" &&
  !recipient.rerouted &&
  recipient.address.toLowerCase() !== mail.rerouteTo.toLowerCase();

const aboutTheMail: ReadonlySet<Action> = new Set(["too-large", "header-too-large", "own-sender", "wait-domain"]);

/** Behaviour §5: at MAIL any class counts towards "the same to five in a row", later only class `permanent`; never size. */
function refusalEvent(
  mail: ClaimedMail,
  stage: Stage,
  reply: Reply,
  verdict: Verdict,
  recipients: RecipientOutcome[],
): LaneEvent {
  if (verdict.action === "retry-other-first")
    return { kind: "cut", mailId: mail.id, words: `${reply.code} ${reply.text}`.slice(0, 300) };
  if (reply.code < 500) return { kind: "answered", permanent: false };
  const counts = stage === "mail" || recipients.every((one) => one.verdict?.class === "permanent");
  if (!counts || recipients.some((one) => one.verdict && aboutTheMail.has(one.verdict.action)))
    return { kind: "answered", permanent: true };
  const hit = recipients.filter(({ place }) => place === "badmail").map(({ id }) => id);
  const words = `${reply.code} ${reply.text}`.replaceAll("\n", " ").slice(0, 300);
  return {
    kind: "refused",
    key: refusalKey(reply),
    words,
    refusal: { mailId: mail.id, sender: mail.sender, recipients: hit },
  };
}

function unsendable(mail: ClaimedMail, result: SendResult & { kind: "unsendable" }, context: OutcomeContext): Core {
  const size = result.why === "size";
  const reason = size
    ? `The mail has ${mail.size} octets, and ${context.host} takes ${result.limit ?? 0} at most. Raise MaxMessageSize on the receive connector, then send it again.`
    : `An address of the mail holds letters outside ASCII, and ${context.host} does not offer SMTPUTF8.`;
  const recipients = mail.recipients.map(
    (recipient): RecipientOutcome => ({
      ...blank(recipient),
      place: "badmail",
      stage: "mail",
      reasonKind: size ? "too-large" : "smtputf8",
      reason,
    }),
  );
  const event: LaneEvent = { kind: "reached" };
  return {
    attempt: "refused",
    charged: true,
    stage: "mail",
    reply: null,
    words: reason,
    recipients,
    oneByOne: false,
    event,
  };
}

function verdictOf(mail: ClaimedMail, stage: Stage, reply: Reply, context: OutcomeContext): Verdict {
  const domain = mail.sender.slice(mail.sender.lastIndexOf("@") + 1).toLowerCase();
  return classify(stage, reply, {
    senderIsOwn: mail.sender !== "" && context.ownDomains.has(domain),
    recipients: mail.recipients.length,
  });
}

function laneFault(
  mail: ClaimedMail,
  attempt: "lane" | "lost",
  stage: Stage | null,
  reply: Reply | null,
  words: string,
  event: LaneEvent | null,
): Core {
  const recipients = mail.recipients.map((recipient) => waiting(recipient, "now", null, "lane", words));
  return { attempt, charged: false, stage, reply, words, recipients, oneByOne: false, event };
}

const blank = (recipient: MailRecipient): RecipientOutcome => ({
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

const waiting = (
  recipient: MailRecipient,
  wait: "retry" | "now",
  verdict: Verdict | null,
  reasonKind: string,
  reason: string,
): RecipientOutcome => ({ ...blank(recipient), wait, verdict, reasonKind, reason });
