// The mark before the final dot: from its commit on the server may have the mail. Connections that come to it at the same time
// share the commit, since the wait for the disk is what a mail takes longest by.
import { surelySql } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
import type { Db } from "@/lib/db";
import { gathererOf } from "@/lib/gather";
import { type ClaimedMail, StaleLease } from "./claim";
import { againOnDeadlock } from "./deadlock";

type Mark = ReturnType<typeof markOf>;

const gathered = gathererOf(async (db: Db, marks: Mark[]): Promise<boolean[]> => {
  const { rows } = await againOnDeadlock(() =>
    db.pool.query<{ mail: string }>(`select mail, ${surelySql} from worker_mark_dots($1::jsonb) as mail`, [
      storedJson(marks),
    ]),
  );
  const marked = new Set(rows.map(({ mail }) => mail));
  return marks.map(({ mail }) => marked.has(mail));
});

/**
 * Committed before the final dot. Throws StaleLease when the mail is no longer ours, or when an answer that came late says that
 * a recipient has it already: then the dot must not follow.
 */
export async function markDotPending(db: Db, mail: ClaimedMail): Promise<void> {
  if (await gathered(db).add(markOf(mail))) return;
  if (!(await markAlone(db, mail))) throw new StaleLease();
}

const markOf = (mail: ClaimedMail) => ({
  ...{ tenant: mail.lane.tenantId, lane: mail.lane.exchangeId, slot: mail.lane.token, lease: mail.lane.leaseSeconds },
  ...{ mail: mail.id, token: mail.token, attempt: mail.attemptId, ids: mail.recipients.map(({ id }) => id) },
});

/** The same, after it has waited for who has the mail at hand. */
async function markAlone(db: Db, mail: ClaimedMail): Promise<boolean> {
  const mark = () =>
    db.pool.query(
      `with mine as (
       update mail set dot_pending_at = now(), lease_until = now() + make_interval(secs => $5)
       where tenant_id = $1::uuid and id = $2::uuid and lease_token = $3::uuid and state = 'sending'
         and not exists (select 1 from recipient r where r.tenant_id = $1::uuid and r.mail_id = $2::uuid
           and r.id = any($8::uuid[]) and r.place <> 'waiting') returning id),
     noted as (
       update attempt a set dot_pending_at = now() from mine
       where a.tenant_id = $1::uuid and a.id = $4::uuid),
     kept as (
       update lane_slot s set lease_until = now() + make_interval(secs => $5) from mine
       where s.tenant_id = $1::uuid and s.exchange_id = $6::uuid and s.token = $7::uuid)
     select id, ${surelySql} from mine`,
      [
        mail.lane.tenantId,
        mail.id,
        mail.token,
        mail.attemptId,
        mail.lane.leaseSeconds,
        mail.lane.exchangeId,
        mail.lane.token,
        mail.recipients.map(({ id }) => id),
      ],
    );
  return (await againOnDeadlock(mark)).rows.length > 0;
}
