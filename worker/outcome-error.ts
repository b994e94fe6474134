// Outcome of a fault of ours: the database, the disk, a mistake in this program. The server's answer, if there was one, is kept,
// and where the dot may have left nothing else is assumed.
import { type ClaimedMail, StaleLease } from "@/domain/message/claim";
import { wordsOf } from "@/lib/errors";
import type { SendResult } from "@/mail/smtp";
import { databaseAway, healsByItself } from "./loop";
import { type Core, laneFault } from "./outcome-lane";
import { blank, waiting } from "./outcome-recipient";

/** The mail was not sent to its end, and not for anything that the server said. */
export function outcomeOfError(mail: ClaimedMail, error: unknown, dotPending: boolean): Core {
  const words = wordsOf(error).slice(0, 500);
  if (dotPending) return all(mail, "uncertain", "now", "answer-lost", words);
  if (error instanceof StaleLease || databaseAway(error)) return laneFault(mail, "lost", null, null, words, null);
  const reason = `Mailferry could not read or send this mail: ${words}`;
  // At once it would stand before all the others again.
  const later = all(mail, "deferred", "retry", "failed", reason);
  return healsByItself(error) ? { ...later, attempt: "lost", charged: false } : later;
}

/** The server answered, and what follows from its answer could not be worked out: what it took it took. */
export function unjudged(mail: ClaimedMail, result: SendResult): Core {
  const words = "What follows from the server's answer could not be worked out.";
  const rest = all(mail, "deferred", "retry", "failed", words);
  if (result.kind !== "accepted") return rest;
  const taken = new Set(result.accepted);
  const recipients = mail.recipients.map((one, n) =>
    taken.has(one.address)
      ? { ...blank(one), place: "delivered" as const, stage: "dot" as const, reply: result.reply }
      : (rest.recipients[n] ?? blank(one)),
  );
  const attempt = recipients.every(({ place }) => place === "delivered") ? "accepted" : "partly";
  return { ...rest, attempt, stage: "dot", reply: result.reply, words: "", recipients, event: { kind: "accepted" } };
}

function all(
  mail: ClaimedMail,
  attempt: "uncertain" | "deferred",
  wait: "now" | "retry",
  reasonKind: string,
  words: string,
): Core {
  const recipients = mail.recipients.map((one) => waiting(one, wait, null, reasonKind, words));
  return { attempt, charged: true, stage: null, reply: null, words, recipients, oneByOne: false, event: null };
}
