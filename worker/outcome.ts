// Outcome: from the server's answers to what becomes of each recipient, of the mail and of its lane. Pure; the commit is
// domain/message/outcome.ts.
import type { LaneEvent } from "@/domain/lane/breaker";
import type { ClaimedMail } from "@/domain/message/claim";
import type { RecipientOutcome } from "@/domain/message/outcome";
import type { Reply, Stage } from "@/mail/reply";
import type { SendResult, SmtpFault } from "@/mail/smtp";
import { type Core, cutEvent, laneFault, laneVerdict, refusalEvent } from "./outcome-lane";
import { blank, judgeRecipient, type OutcomeContext, tooLarge, verdictOf, waiting } from "./outcome-recipient";

export type { OutcomeContext } from "./outcome-recipient";

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
  // A reply that refuses nothing says nothing about the mail.
  if (fault.reply && fault.reply.code >= 400) return repliedFault(mail, fault.stage, fault.reply, context);
  if (fault.kind === "aborted" && !fault.dotPending)
    return laneFault(mail, "lost", fault.stage, null, fault.message, null);
  const event = cutEvent(mail, fault.message);
  if (fault.dotPending) {
    const recipients = mail.recipients.map((recipient) =>
      waiting(recipient, "now", null, "answer-lost", fault.message),
    );
    return { ...base, attempt: "uncertain", recipients, event: fault.kind === "aborted" ? null : event };
  }
  const recipients = mail.recipients.map((recipient) => waiting(recipient, "retry", null, "cut", fault.message));
  return { ...base, attempt: "deferred", recipients, event };
}

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
  if (stage === "dot" && several && (verdict.class === "unknown-recipient" || oneOfThem.test(reply.enhanced ?? "")))
    return splitUp(mail, stage, reply);
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

/** 5.1.x is about an address of a recipient, but for 5.1.7 and 5.1.8, which are about the sender's (RFC 3463 §3.2). */
const oneOfThem = /^5\.1\.(?![78]$)/;

/** One unknown address makes Exchange refuse the whole mail after the dot: each recipient gets a transaction of its own. */
function splitUp(mail: ClaimedMail, stage: Stage, reply: Reply): Core {
  const words = "The server refused the mail because of one of its recipients: each is tried alone.";
  const recipients = mail.recipients.map((recipient) => waiting(recipient, "now", null, "one-by-one", words));
  const event: LaneEvent = { kind: "answered", permanent: true };
  return { attempt: "deferred", charged: true, stage, reply, words, recipients, oneByOne: true, event };
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
    const event = cutEvent(mail, words);
    return { attempt: "deferred", charged: true, stage, reply, words, recipients, oneByOne: false, event };
  }
  return refusedOutcome(mail, { kind: "refused", stage, reply, taken: [], refused: [] }, context);
}

function unsendable(mail: ClaimedMail, result: SendResult & { kind: "unsendable" }, context: OutcomeContext): Core {
  const size = result.why === "size";
  const reason = size
    ? tooLarge(mail.size, { ...context, sizeLimit: result.limit ?? context.sizeLimit })
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
