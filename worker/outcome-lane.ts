// The lane's share of an outcome: a fault of the lane charges the mail nothing; a refusal counts towards a row of equal ones.
import type { LaneEvent } from "@/domain/lane/breaker";
import type { ClaimedMail } from "@/domain/message/claim";
import type { MailOutcome, RecipientOutcome } from "@/domain/message/outcome";
import { refusalKey } from "@/domain/verdict/same-refusal";
import type { Action, Verdict } from "@/domain/verdict/verdict";
import type { Reply, Stage } from "@/mail/reply";
import { stopEvent } from "./lane-fault";
import { type OutcomeContext, waiting } from "./outcome-recipient";

export type Core = Omit<MailOutcome, "server" | "tls" | "conversation">;

/** A fault of the lane or its limits: the mail waits, uncharged. Null when the verdict is about the mail. */
export function laneVerdict(
  mail: ClaimedMail,
  stage: Stage,
  reply: Reply,
  verdict: Verdict,
  context: OutcomeContext,
): Core | null {
  const event = laneEvent(verdict, stage, reply, context);
  if (event?.kind !== "pace" && event?.kind !== "lower-cap")
    return event && laneFault(mail, "lane", stage, reply, verdict.meaning, event);
  // A limit that one mail meets twice in a row may be that mail's own (its sender's, its recipient's): from then on it is put
  // off like any 4xx, so that it doesn't stand before all the others for ever.
  return mail.reasonKind === limited
    ? putOff(mail, stage, reply, verdict, event)
    : laneFault(mail, "lane", stage, reply, verdict.meaning, event, limited);
}

/** why a mail waits that met one of the lane's limits */
const limited = "pace";

function putOff(mail: ClaimedMail, stage: Stage, reply: Reply, verdict: Verdict, event: LaneEvent): Core {
  const recipients = mail.recipients.map((one) => ({
    ...waiting(one, "retry", verdict, limited, verdict.meaning),
    stage,
    reply,
  }));
  return { attempt: "deferred", charged: true, stage, reply, words: "", recipients, oneByOne: false, event };
}

/** At MAIL every limit may be the connection's; once a recipient is named only 421, which ends it, surely is. */
const aboutOneMail = (stage: Stage, reply: Reply): boolean =>
  reply.code !== 421 && (stage === "rcpt" || stage === "data" || stage === "dot");

function laneEvent(verdict: Verdict, stage: Stage, reply: Reply, context: OutcomeContext): LaneEvent | null {
  const reason = `${verdict.meaning} ${verdict.remedy}`.trim();
  switch (verdict.action) {
    case "stop-lane":
    case "stop-lane-send-as":
      return stopEvent({ host: context.host, stage, reply, verdict });
    case "lower-cap":
      if (aboutOneMail(stage, reply)) return null;
      return { kind: "lower-cap", connections: context.connections, reason };
    case "pace":
      if (aboutOneMail(stage, reply)) return null;
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

const aboutTheMail: ReadonlySet<Action> = new Set(["too-large", "header-too-large", "own-sender", "wait-domain"]);

/** Behaviour §5: at MAIL any class counts towards "the same to five in a row", later only class `permanent`; never size. */
export function refusalEvent(
  mail: ClaimedMail,
  stage: Stage,
  reply: Reply,
  verdict: Verdict,
  recipients: RecipientOutcome[],
): LaneEvent {
  if (verdict.action === "retry-other-first") return cutEvent(mail, `${reply.code} ${reply.text}`.slice(0, 300));
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

export const cutEvent = (mail: ClaimedMail, words: string): LaneEvent => ({
  kind: "cut",
  mailId: mail.id,
  words,
  again: mail.reasonKind === "cut",
});

export function laneFault(
  mail: ClaimedMail,
  attempt: "lane" | "lost",
  stage: Stage | null,
  reply: Reply | null,
  words: string,
  event: LaneEvent | null,
  reasonKind = "lane",
): Core {
  const recipients = mail.recipients.map((recipient) => waiting(recipient, "now", null, reasonKind, words));
  return { attempt, charged: false, stage, reply, words, recipients, oneByOne: false, event };
}
