// What the ledger job last proved of a tenant: when, how much, and what is wrong. The worker and `mailferry ledger` write
// it; status, doctor and the overview read it.
import { closedDays } from "@/domain/retention/platform";
import { type Sql, sqlInTenant, sqlOf, type TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { faultCounts, type WrongMail, wrongMails } from "./faults";

export interface Proof {
  /** when the sum was counted last; null: never yet */
  sumAt: Date | null;
  sumHolds: boolean;
  /** when stored bytes were read back last; null: never yet */
  provedAt: Date | null;
  /** in that run */
  bodies: number;
  octets: number;
  /** each body that waits since then was read after it; null: the first way round is not done */
  allSince: Date | null;
  /** mails whose stored bytes are wrong now */
  wrong: number;
}

export const unproved: Proof = {
  sumAt: null,
  sumHolds: true,
  provedAt: null,
  bodies: 0,
  octets: 0,
  allSince: null,
  wrong: 0,
};

export async function proofsIn(sql: Sql, tenantIds: string[]): Promise<Map<string, Proof>> {
  const rows = await sql.query<Omit<Proof, "wrong"> & { tenant_id: string }>(
    `select tenant_id, sum_at as "sumAt", sum_holds as "sumHolds", bytes_at as "provedAt", bodies, octets::float8 as octets,
       all_since as "allSince"
     from ledger_proof where tenant_id = any ($1::uuid[])`,
    [tenantIds],
  );
  const wrong = await faultCounts(sql, tenantIds);
  return new Map(rows.map(({ tenant_id, ...row }) => [tenant_id, { ...row, wrong: wrong.get(tenant_id) ?? 0 }]));
}

/** For the tenant's own people, with the first mails that are wrong. */
export const proofOf = (scope: TenantScope): Promise<Proof & { first: WrongMail[] }> =>
  sqlInTenant(scope, async (sql) => {
    const proof = (await proofsIn(sql, [scope.tenantId])).get(scope.tenantId) ?? unproved;
    return { ...proof, first: proof.wrong > 0 ? await wrongMails(sql, scope.tenantId, 5) : [] };
  });

/** Of tenants that are there and not being erased: piece by piece nothing adds up any more, and nothing has to. */
export const notErased = (alias: string, now: string) =>
  `(${alias}.state <> 'closed' or coalesce(${alias}.closed_at, now()) > ${now}::timestamptz - interval '${closedDays} days')`;

export async function recordSums(sql: Sql, sums: { tenantId: string; holds: boolean }[], now: Date): Promise<void> {
  await sql.query(
    `insert into ledger_proof as p (tenant_id, sum_at, sum_holds)
     select t.id as tenant_id, $3::timestamptz, s.holds from unnest($1::uuid[], $2::boolean[]) as s (id, holds)
     cross join lateral (select id from tenant where id = s.id for key share) t
     on conflict (tenant_id) do update set sum_at = excluded.sum_at, sum_holds = excluded.sum_holds`,
    [sums.map(({ tenantId }) => tenantId), sums.map(({ holds }) => holds), now],
  );
}

/**
 * The tenant of these sites whose bytes were looked at longest ago, for one worker. Times are the database's; one that lies
 * far ahead is from a clock that jumped.
 */
export async function claimProof(db: Db, sites: string[], now: Date): Promise<string | null> {
  const { rows } = await db.pool.query<{ tenant_id: string }>(
    `with mine as materialized (
       select d.tenant_id from (values ('-infinity', now()), (now() + interval '1 hour', 'infinity')) turn (after, until)
       cross join lateral (
         select p.tenant_id from ledger_proof p join tenant t on t.id = p.tenant_id
         where t.site = any ($1) and ${notErased("t", "$2")}
           and p.due_at > turn.after::timestamptz and p.due_at <= turn.until::timestamptz
         order by p.due_at limit 1 for update of p skip locked) d
       limit 1)
     update ledger_proof p set due_at = now() + interval '9 minutes'
     where p.tenant_id = (select tenant_id from mine) returning p.tenant_id`,
    [sites, now],
  );
  return rows[0]?.tenant_id ?? null;
}

/** How far the way round has come, as the mail's number. */
export async function reachedBy(scope: TenantScope): Promise<number> {
  const [row] = await sqlOf(scope.db.pool).query<{ reached: number }>(
    "select reached::float8 as reached from ledger_proof where tenant_id = $1::uuid",
    [scope.tenantId],
  );
  return row?.reached ?? 0;
}

export interface Run {
  now: Date;
  bodies: number;
  octets: number;
  from: number;
  /** null: the end was reached, and the next run begins anew */
  reached: number | null;
}

export async function recordRun(scope: TenantScope, run: Run): Promise<void> {
  await sqlOf(scope.db.pool).query(
    `insert into ledger_proof as p (tenant_id, bytes_at, bodies, octets, reached, round_began_at, all_since)
     select id as tenant_id, $2::timestamptz, $3::int, $4::bigint, coalesce($5::bigint, 0), case when $5::bigint is null then null else $2::timestamptz end,
       case when $5::bigint is null and $6::boolean then $2::timestamptz end
     from tenant where id = $1::uuid for key share
     on conflict (tenant_id) do update set bytes_at = excluded.bytes_at, bodies = excluded.bodies, octets = excluded.octets, reached = excluded.reached,
       round_began_at = case when $5::bigint is null then null when $6::boolean then $2::timestamptz
         else coalesce(p.round_began_at, $2::timestamptz) end,
       all_since = case when $5::bigint is not null then p.all_since when $6::boolean then $2::timestamptz
         else coalesce(p.round_began_at, p.all_since) end`,
    [scope.tenantId, run.now, run.bodies, run.octets, run.reached, run.from === 0],
  );
}
