// BADMAIL and held mail goes only by a period that the company's admin switched on, and only 7 days after its postmaster
// was told the number. A notice that was not delivered lets nothing expire.
import { changed } from "@/domain/live/changed";
import { settlePlace } from "@/domain/message/place";
import { sqlOf, sqlTransaction, type TenantScope } from "@/domain/scope";

export const warningDays = 7;
const hour = 3_600_000;
const day = 24 * hour;

interface Policy {
  badmailDays: number;
}

/** Announces what is due within 7 days, once: the next announcement comes when this one was carried out. */
export function announceExpiry(scope: TenantScope, { badmailDays }: Policy, now: Date): Promise<boolean> {
  if (badmailDays <= 0) return Promise.resolve(false);
  const { tenantId } = scope;
  // At the end of this window everything in it is old enough, and 7 days were left to look at it.
  const before = new Date(now.getTime() - Math.max(0, badmailDays - warningDays) * day);
  return sqlTransaction(scope.db.pool, async (sql) => {
    const [tenant] = await sql.query<{ id: string }>(
      "select id from tenant where id = $1::uuid for update skip locked",
      [tenantId],
    );
    if (!tenant) return false;
    const open = await sql.query(
      `select 1 from notice where tenant_id = $1::uuid and kind = 'retention' and not facts ? 'done'
         and (state in ('pending', 'queued', 'told') or created_at > $2::timestamptz - interval '1 day') limit 1`,
      [tenantId, now],
    );
    if (open.length > 0) return false;
    const [found] = await sql.query<{ n: number }>(
      `select count(*)::int as n from mail where tenant_id = $1::uuid and kind = 'collected'
         and place in ('badmail', 'held') and coalesce(settled_at, collected_at) <= $2`,
      [tenantId, before],
    );
    if (!found || found.n === 0) return false;
    const facts = {
      count: found.n,
      before: before.toISOString(),
      deleteAfter: new Date(now.getTime() + warningDays * day).toISOString(),
    };
    await sql.query(
      `insert into notice (tenant_id, kind, cause, facts, created_at) values ($1::uuid, 'retention', 'retention', $2::jsonb, $3)`,
      [tenantId, JSON.stringify(facts), now],
    );
    return true;
  });
}

/** Expires what was announced, 7 days after the announcement was delivered. Returns how many mails of this batch. */
export async function expireAnnounced(
  scope: TenantScope,
  { badmailDays }: Policy,
  now: Date,
  limit = 100,
): Promise<number> {
  if (badmailDays <= 0) return 0;
  const { tenantId } = scope;
  const notice = await toldNotice(scope, now);
  if (!notice) return 0;
  const expired = await sqlTransaction(scope.db.pool, async (sql) => {
    const due = await sql.query<{ id: string }>(
      `select id from mail where tenant_id = $1::uuid and kind = 'collected' and place in ('badmail', 'held')
         and coalesce(settled_at, collected_at) <= least($2::timestamptz, $3::timestamptz - make_interval(days => $4))
       order by seq limit $5 for update skip locked`,
      [tenantId, notice.before, now, badmailDays, limit],
    );
    for (const { id } of due) {
      await sql.query(
        `update recipient set place = 'expired', decided_at = $3, decided_by = 'retention'
         where tenant_id = $1::uuid and mail_id = $2::uuid and place in ('badmail', 'held')`,
        [tenantId, id, now],
      );
      await sql.query(
        "update mail set place = 'expired', state = 'settled', settled_at = $3 where tenant_id = $1::uuid and id = $2::uuid",
        [tenantId, id, now],
      );
      await settlePlace(sql, tenantId, id);
      await sql.query(
        `insert into mail_event (tenant_id, mail_id, kind, text, who, at)
         values ($1::uuid, $2::uuid, 'expired', $3, 'retention', $4)`,
        [tenantId, id, expiredWords(badmailDays), now],
      );
    }
    if (due.length < limit)
      await sql.query(
        `update notice set facts = facts || '{"done": true}' where tenant_id = $1::uuid and id = $2::uuid`,
        [tenantId, notice.id],
      );
    return due.length;
  });
  if (expired > 0) changed(scope.db, tenantId, "mail");
  return expired;
}

const expiredWords = (days: number): string =>
  `Removed after ${days} ${days === 1 ? "day" : "days"}, as the setting “BADMAIL and held mail” said; the postmaster was told ${warningDays} days before.`;

/** The announcement whose mail the tenant's server took at least 7 days ago. */
async function toldNotice({ db, tenantId }: TenantScope, now: Date): Promise<{ id: string; before: Date } | null> {
  const [row] = await sqlOf(db.pool).query<{ id: string; before: string }>(
    `select n.id, n.facts ->> 'before' as before from notice n
     join mail m on m.tenant_id = n.tenant_id and m.id = n.sent_mail_id
     where n.tenant_id = $1::uuid and n.kind = 'retention' and n.state = 'told' and not n.facts ? 'done'
       and m.place = 'delivered' and m.settled_at <= $2::timestamptz - make_interval(days => $3)
     order by n.created_at limit 1`,
    [tenantId, now, warningDays],
  );
  return row ? { id: row.id, before: new Date(row.before) } : null;
}
