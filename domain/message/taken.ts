// The everyday outcome: taken whole, of a lane without a history. Those that are answered at the same time share a commit, which
// is what a mail costs most. What it refuses, domain/message/outcome.ts writes; whether it may, migration 0230 says.
import { changed } from "@/domain/live/changed";
import { surelySql } from "@/domain/scope";
import { stored, storedJson } from "@/domain/stored";
import type { Db } from "@/lib/db";
import { gathererOf } from "@/lib/gather";
import type { ClaimedMail } from "./claim";
import type { MailOutcome } from "./outcome";
import { eventText } from "./outcome-notices";
import { attemptRow } from "./outcome-rows";

type Taken = ReturnType<typeof takenRow>;

/** It answers by mail, and an answer that comes late may meet its mail's next one: so never both in one round. */
const gathered = gathererOf(
  async (db: Db, mails: Taken[]): Promise<boolean[]> => {
    const { rows } = await db.pool.query<{ mail: string }>(
      `select mail, ${surelySql} from worker_mails_taken($1::jsonb) as mail`,
      [storedJson(mails)],
    );
    const written = new Set(rows.map(({ mail }) => mail));
    return mails.map(({ mail }) => written.has(mail));
  },
  { nameOf: ({ mail }) => mail },
);

/** False: not an everyday one, and nothing is written. */
export async function takenWhole(db: Db, mail: ClaimedMail, outcome: MailOutcome): Promise<boolean> {
  // A notice that was told changes more rows; a domain that is relayed again wakes other mails.
  if (outcome.event?.kind !== "accepted" || outcome.attempt !== "accepted" || mail.kind === "notice") return false;
  if (mail.recipients.some(({ reasonKind }) => reasonKind === "relay")) return false;
  if (!(await gathered(db).add(takenRow(mail, outcome)))) return false;
  changed(db, mail.lane.tenantId, "mail");
  return true;
}

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
