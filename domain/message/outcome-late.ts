// A 250 that came after the lease ran out. What it tells is true all the same; what was assumed in its absence is not.
import { wakeLane } from "@/domain/lane/store";
import type { Sql } from "@/domain/scope";
import type { ClaimedMail } from "./claim";
import { settlePlace } from "./place";
import { addEvent } from "./recover";

/** Its recipients are written. Unless another worker's dot is out, the mail's place follows at once. Caller holds the lane. */
export async function recordLate(sql: Sql, mail: ClaimedMail, state: string): Promise<void> {
  const { tenantId } = mail.lane;
  const words = "Accepted by Exchange, after this worker's lease had run out.";
  await addEvent(sql, tenantId, mail.id, "accepted-late", words);
  const free = state === "settled" || (await takeBackDoubt(sql, mail));
  if (state === "sending" && !free) return;
  await settlePlace(sql, tenantId, mail.id);
  await wakeLane(sql, mail.lane);
}

/**
 * Where no dot of this mail was sent since: nothing of it is uncertain any more, and what is still to go goes to recipients
 * that never had it. If it was made ready to be sent again, it was marked for a copy that won't be made now; whoever has
 * claimed it loses it before its dot. Returns whether it was so.
 */
async function takeBackDoubt(sql: Sql, mail: ClaimedMail): Promise<boolean> {
  const rows = await sql.query(
    `update mail m set state = 'ready', next_attempt_at = now(), claims = 0, lease_token = null, lease_worker = null,
       lease_until = null, uncertain_count = greatest(0, m.uncertain_count - 1),
       attempts = case when m.state = 'sending' then greatest(0, m.attempts - 1) else m.attempts end,
       possible_copies = case when m.state = 'uncertain' then m.possible_copies
         else greatest(0, m.possible_copies - 1) end
     where m.tenant_id = $1::uuid and m.id = $2::uuid and m.dot_pending_at is null
       and not exists (select 1 from attempt mine join attempt later on later.tenant_id = $1::uuid
         and later.mail_id = $2::uuid and later.number > mine.number and later.dot_pending_at is not null
         where mine.tenant_id = $1::uuid and mine.id = $3::uuid)
     returning 1`,
    [mail.lane.tenantId, mail.id, mail.attemptId],
  );
  return rows.length > 0;
}
