// The ledger job over all tenants, for the command line, which sees them all.
import { sqlOf } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { undelivered } from "./faults";
import { notErased, type Proof, proofsIn } from "./proof";
import { fromSnapshot } from "./snapshot";

export interface TenantHealth {
  slug: string;
  sumHolds: boolean;
  wrong: number;
  /** when sum and bytes were both looked at last; null: never */
  since: Date | null;
}

export interface LedgerHealth {
  tenants: number;
  lastRun: Date | null;
  faulty: TenantHealth[];
  /** not looked at for a day although a worker of the tenant's site beats; never looked at comes first */
  late: TenantHealth[];
  /** not looked at for a day, and no worker beats */
  stale: TenantHealth[];
}

export async function ledgerHealth(db: Db): Promise<LedgerHealth> {
  const rows = await sqlOf(db.pool).query<TenantHealth & { late: boolean; beats: boolean }>(
    `with looked as (
       select t.id, t.slug, t.site, t.created_at, coalesce(p.sum_holds, true) as holds,
         case when p.bytes_at is null then null else least(p.sum_at, p.bytes_at) end as since
       from tenant t left join ledger_proof p on p.tenant_id = t.id where ${notErased("t", "now()")})
     select l.slug, l.holds as "sumHolds", coalesce(f.n, 0)::int as wrong, l.since,
       coalesce(l.since, l.created_at) < now() - interval '1 day' as late,
       exists (select 1 from worker w where l.site = any (w.sites) and w.beat_at > now() - interval '30 seconds') as beats
     from looked l
     left join (select f.tenant_id, count(*) as n from body_fault f
       join mail m on m.tenant_id = f.tenant_id and m.body_id = f.body_id and m.place = any ($1::text[])
       group by f.tenant_id) f on f.tenant_id = l.id
     order by l.since nulls first, l.slug`,
    [undelivered],
  );
  const last = rows.at(-1)?.since ?? null;
  return {
    tenants: rows.length,
    lastRun: last,
    faulty: rows.filter(({ sumHolds, wrong }) => !sumHolds || wrong > 0),
    late: rows.filter(({ late, beats }) => late && beats),
    stale: rows.filter(({ late, beats }) => late && !beats),
  };
}

export interface LedgerTenant {
  tenantId: string;
  slug: string;
  name: string;
}

/** All tenants, or the one named, that the job can prove: one that is being erased has no sum any more. */
export const ledgerTenants = (db: Db, slug?: string): Promise<LedgerTenant[]> =>
  sqlOf(db.pool).query<LedgerTenant & Record<string, unknown>>(
    `select id as "tenantId", slug, name from tenant t
     where ($1::text is null or slug = $1) and ${notErased("t", "now()")} order by slug collate "C"`,
    [slug ?? null],
  );

/** What was proved last, by slug. */
export const proofs = (db: Db, slug?: string): Promise<Map<string, Proof>> =>
  fromSnapshot(db, async (sql) => {
    const tenants = await sql.query<{ id: string; slug: string }>(
      "select id, slug from tenant where $1::text is null or slug = $1",
      [slug ?? null],
    );
    const found = await proofsIn(
      sql,
      tenants.map(({ id }) => id),
    );
    return new Map(
      tenants.flatMap(({ id, slug }) => {
        const proof = found.get(id);
        return proof ? [[slug, proof] as const] : [];
      }),
    );
  });
