// The everyday outcome: taken whole, of a lane without a history. What worker_carry refuses of it (migration 0256 says when)
// domain/message/outcome.ts writes.
import { changed } from "@/domain/live/changed";
import { stored } from "@/domain/stored";
import type { Db } from "@/lib/db";
import { carryRound } from "./carried";
import type { ClaimedMail } from "./claim";
import type { MailOutcome } from "./outcome";
import { eventText } from "./outcome-notices";
import { attemptRow } from "./outcome-rows";

export type Taken = ReturnType<typeof takenRow>;

/** False: not an everyday one, and nothing is written. */
export async function takenWhole(db: Db, mail: ClaimedMail, outcome: MailOutcome): Promise<boolean> {
  if (!isEveryday(mail, outcome)) return false;
  if ((await carryRound(db).add({ taken: takenRow(mail, outcome) })) !== "taken") return false;
  changed(db, mail.lane.tenantId, "mail");
  return true;
}

/** A notice that was told changes more rows; a domain that is relayed again wakes other mails. */
export const isEveryday = (mail: ClaimedMail, outcome: Pick<MailOutcome, "attempt" | "event">): boolean =>
  outcome.event?.kind === "accepted" &&
  outcome.attempt === "accepted" &&
  mail.kind !== "notice" &&
  mail.recipients.every(({ reasonKind }) => reasonKind !== "relay");

function takenRow(mail: ClaimedMail, outcome: MailOutcome) {
  const { tenantId, exchangeId, token } = mail.lane;
  const { reply, recipients } = outcome;
  return {
    ...{ tenant: tenantId, lane: exchangeId, slot: token, mail: mail.id, token: mail.token, attempt: mail.attemptId },
    ids: recipients.map(({ id }) => id),
    ...{ code: reply?.code ?? null, enhanced: reply?.enhanced ?? null, words: stored(reply?.text ?? "", 4096) },
    ...attemptRow(outcome, recipients),
    events: recipients.map((one) => stored(eventText(one), 4000)),
  };
}
