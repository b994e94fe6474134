// What retention does beyond one tenant's mail: closed companies, audit, sessions, throttles, workers that are gone.
import { sqlOf } from "@/domain/scope";
import type { Db } from "@/lib/db";

export interface TenantPolicy {
  tenantId: string;
  deliveredHours: number;
  badmailDays: number;
  /** closed 30 days ago or longer: to be erased */
  erase: boolean;
}

export const closedDays = 30;
export const auditYears = 2;

interface PolicyRow {
  id: string;
  delivered_hours: number;
  badmail_days: number;
  erase: boolean;
}

const policyColumns = `t.id, t.delivered_hours, t.badmail_days,
  t.state = 'closed' and coalesce(t.closed_at < $1::timestamptz - interval '${closedDays} days', false) as erase`;

const policyOf = (row: PolicyRow): TenantPolicy => ({
  tenantId: row.id,
  deliveredHours: row.delivered_hours,
  badmailDays: row.badmail_days,
  erase: row.erase,
});

/** So many tenants are one worker's at a time. */
export const tidiedAtOnce = 100;

/**
 * Tenants of these sites that are due to be tidied, the longest ago first, for one worker: for all others they are due again in the
 * next round, as they are when this worker dies with them. Times are the database's; one that lies far ahead is from a clock that jumped.
 */
export async function claimTenants(db: Db, sites: string[], now: Date, limit = tidiedAtOnce): Promise<TenantPolicy[]> {
  const { rows } = await db.pool.query<PolicyRow>(
    `with mine as materialized (
       select d.id from unnest($2::text[]) own (site)
       cross join (values ('-infinity', now()), (now() + interval '1 hour', 'infinity')) turn (after, until)
       cross join lateral (
         select id from tenant where site = own.site and tidy_due_at > turn.after::timestamptz and tidy_due_at <= turn.until::timestamptz
         order by tidy_due_at limit $3 for no key update skip locked) d
       limit $3)
     update tenant t set tidy_due_at = now() + interval '9 minutes' where t.id = any (array(select id from mine)) returning ${policyColumns}`,
    [now, sites, limit],
  );
  return rows.map(policyOf);
}

/** Due again in a moment: there was more than one turn is for. */
export async function tidyAgain(db: Db, tenantIds: string[]): Promise<void> {
  await db.pool.query("update tenant set tidy_due_at = now() + interval '1 minute' where id = any ($1::uuid[])", [
    tenantIds,
  ]);
}

/** Of one tenant, whoever's turn it is. */
export async function tenantPolicy(db: Db, tenantId: string, now: Date): Promise<TenantPolicy | null> {
  const { rows } = await db.pool.query<PolicyRow>(`select ${policyColumns} from tenant t where t.id = $2::uuid`, [
    now,
    tenantId,
  ]);
  return rows[0] ? policyOf(rows[0]) : null;
}

/** One bounded piece of a closed company; true when nothing of it is left. Opening it again meanwhile stops this. */
export async function eraseTenantPiece(db: Db, tenantId: string, now: Date): Promise<boolean> {
  const sql = sqlOf(db.pool);
  const closed = `exists (select 1 from tenant where id = $1::uuid and state = 'closed'
    and closed_at < $2::timestamptz - make_interval(days => ${closedDays}))`;
  const pieces = [
    `delete from body_chunk c using (select body_id, n from body_chunk where tenant_id = $1::uuid limit 200) o
     where c.tenant_id = $1::uuid and c.body_id = o.body_id and c.n = o.n and ${closed}`,
    `delete from mail m using (select id from mail where tenant_id = $1::uuid limit 500) o
     where m.tenant_id = $1::uuid and m.id = o.id and ${closed}`,
    `delete from body b using (select id from body where tenant_id = $1::uuid limit 1000) o
     where b.tenant_id = $1::uuid and b.id = o.id and ${closed}`,
    `delete from identity i using (select id from identity where tenant_id = $1::uuid limit 2000) o
     where i.tenant_id = $1::uuid and i.id = o.id and ${closed}`,
  ];
  for (const piece of pieces) {
    const rows = await sql.query(`${piece} returning 1 as gone`, [tenantId, now]);
    if (rows.length > 0) return false;
  }
  // The rest is small and goes with the tenant's row, secrets and audit included.
  const gone = await sql.query<{ slug: string }>(
    `with gone as (delete from tenant where id = $1::uuid and ${closed} returning id, slug),
     alerts as (delete from alert a using gone where a.tenant_id = gone.id),
     written as (insert into platform_audit (who, action, target) select 'retention', 'tenant.erase', slug from gone)
     select slug from gone`,
    [tenantId, now],
  );
  return gone.length > 0;
}

/** Audit rows older than two years. The function in the database lets nothing younger go, whatever it is asked. */
export async function forgetAudit(db: Db, now: Date, limit = 1000): Promise<number> {
  const before = new Date(now);
  before.setUTCFullYear(before.getUTCFullYear() - auditYears);
  const { rows } = await db.pool.query<{ n: number }>("select worker_tidy_audit($1, $2) as n", [before, limit]);
  return rows[0]?.n ?? 0;
}

/** Small rows that nobody needs any more. */
export async function forgetPlatformRows(db: Db, now: Date): Promise<number> {
  const statements = [
    `delete from worker where beat_at < $1::timestamptz - interval '7 days'`,
    `delete from throttle where window_start < $1::timestamptz - interval '2 days'`,
    `delete from session where coalesce(ended_at, expires_at) < $1::timestamptz - interval '7 days'`,
    `delete from one_time_link where coalesce(used_at, expires_at) < $1::timestamptz - interval '7 days'`,
    `delete from sign_in where expires_at < $1::timestamptz - interval '1 day'`,
    `delete from passkey_challenge where expires_at < $1::timestamptz - interval '1 day'`,
    `delete from letter where created_at < $1::timestamptz - interval '7 days'`,
    // Its link works no more, and nothing got better: there is no good end to tell.
    `update alert set resolved_at = $1::timestamptz, resolved_told_at = $1::timestamptz
     where kind = 'letter' and resolved_at is null and raised_at < $1::timestamptz - interval '7 days'`,
    `delete from alert where resolved_at < $1::timestamptz - interval '90 days'`,
  ];
  let gone = 0;
  for (const statement of statements) gone += (await db.pool.query(statement, [now])).rowCount ?? 0;
  return gone;
}
