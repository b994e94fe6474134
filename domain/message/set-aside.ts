// A mail that nothing can send: held, so that a person sees it, with its attempt ended and its connection free for the next.
import { changed } from "@/domain/live/changed";
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { type ClaimedMail, stillMine } from "./claim";
import type { MailOutcome } from "./outcome";
import { writeAttempt } from "./outcome-rows";
import { leaveSlot } from "./put-down";
import { holdMail } from "./recover";

export async function setAside(
  db: Db,
  mail: ClaimedMail,
  outcome: MailOutcome,
  kind: string,
  reason: string,
): Promise<void> {
  await sqlTransaction(db.pool, async (sql) => {
    if (await stillMine(sql, mail)) await holdMail(sql, mail.lane.tenantId, mail.id, kind, reason);
    await writeAttempt(sql, mail, { ...outcome, attempt: "lost", words: reason }, []);
    await leaveSlot(sql, mail.lane, mail.id);
  });
  changed(db, mail.lane.tenantId, "mail");
}
