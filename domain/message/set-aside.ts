// A mail that nothing can send: held, so that a person sees it, with its attempt ended and its connection free for the next.
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { type ClaimedMail, stillMine } from "./claim";
import type { MailOutcome } from "./outcome";
import { writeAttempt } from "./outcome-rows";
import { holdMail } from "./recover";

export function setAside(db: Db, mail: ClaimedMail, outcome: MailOutcome, kind: string, reason: string): Promise<void> {
  const { tenantId, exchangeId, token } = mail.lane;
  return sqlTransaction(db.pool, async (sql) => {
    if (!(await stillMine(sql, mail))) return;
    await holdMail(sql, tenantId, mail.id, kind, reason);
    await writeAttempt(sql, mail, { ...outcome, attempt: "lost", words: reason }, []);
    await sql.query(
      "update lane_slot set mail_id = null where tenant_id = $1::uuid and exchange_id = $2::uuid and token = $3::uuid",
      [tenantId, exchangeId, token],
    );
  });
}
