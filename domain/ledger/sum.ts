// The sum that always holds: collected mail is in exactly one place. `collected` is counted at intake, independently of
// the rest; what retention removed is carried in the ledger.
import { places } from "@/domain/message/place";
import type { Sql, TenantScope } from "@/domain/scope";
import { fromSnapshot } from "./snapshot";

export type Counts = Record<(typeof places)[number], number>;
export interface Sum extends Counts {
  collected: number;
}

export const placesTotal = (sum: Sum): number => places.reduce((total, place) => total + sum[place], 0);
export const holds = (sum: Sum): boolean => sum.collected === placesTotal(sum);

/** The sums of these tenants, in the caller's snapshot. The unit is the collected mail: notices, tests and copies don't count. */
export async function sumsIn(sql: Sql, tenantIds: string[]): Promise<Map<string, Sum>> {
  const counted = places.map((place) => `count(*) filter (where place = '${place}')::int as ${place}`).join(", ");
  // Waiting, held and badmail are never carried: retention touches only what is over.
  const carried = ["delivered", "expired", "discarded", "merged", "deleted"];
  const column = (place: string) =>
    `(coalesce(m.${place}, 0)${carried.includes(place) ? ` + coalesce(l.${place}, 0)` : ""})::float8 as ${place}`;
  const rows = await sql.query<Sum & { tenant_id: string }>(
    `select t.id as tenant_id, coalesce(l.collected, 0)::float8 as collected, ${places.map(column).join(", ")}
     from unnest($1::uuid[]) one (id)
     -- One by one: to join these few with all that there are Postgres reads all.
     cross join lateral (select id from tenant where id = one.id limit 1) t
     left join lateral (select * from ledger where tenant_id = t.id limit 1) l on true
     left join (select tenant_id, ${counted} from mail where tenant_id = any ($1::uuid[]) and kind = 'collected'
       group by tenant_id) m on m.tenant_id = t.id`,
    [tenantIds],
  );
  return new Map(rows.map(({ tenant_id, ...sum }) => [tenant_id, sum]));
}

export async function sumOf(scope: TenantScope): Promise<Sum> {
  const found = await fromSnapshot(scope.db, (sql) => sumsIn(sql, [scope.tenantId]), scope.tenantId);
  return found.get(scope.tenantId) ?? nothing;
}

const nothing: Sum = {
  collected: 0,
  waiting: 0,
  held: 0,
  badmail: 0,
  expired: 0,
  deleted: 0,
  discarded: 0,
  delivered: 0,
  merged: 0,
};
