// Accepted and refused mail over time, in steps of the tenant's own clock: a day is a day there, also when the clock changes.
import { sqlInTenant, type TenantScope } from "@/domain/scope";

export const ranges = ["hour", "day", "month"] as const;
export type Range = (typeof ranges)[number];

export interface Bucket {
  from: Date;
  until: Date;
  accepted: number;
  refused: number;
}

/**
 * The last 60 minutes by 5, the last 24 hours by the hour, or the last 30 days by the day. Hours go back from the one that
 * runs now by 60 minutes each, so that the hour that is there twice in autumn has two steps, and the one that spring leaves
 * out has none; days begin at midnight in the zone, and have 23 or 25 hours then.
 * What was refused and sent again later counts where it went in the end.
 */
export function chart(scope: TenantScope, range: Range, zone: string, now: Date): Promise<Bucket[]> {
  return sqlInTenant(scope, (sql) =>
    sql.query<Bucket>(
      `with edges as (
         ${edges[range]}),
       bounds as (select array_agg(at order by at) as list, min(at) as first from edges),
       counted as (
         select width_bucket(m.settled_at::timestamptz, b.list) as n, count(*) filter (where m.place = 'delivered')::int as accepted,
           count(*) filter (where m.place <> 'delivered' and m.attempts > 0)::int as refused
         from bounds b join mail m on m.tenant_id = $1::uuid and m.state = 'settled' and m.settled_at >= b.first
           and m.kind = 'collected' and m.place in ('delivered', 'badmail', 'deleted', 'expired')
         group by 1)
       select e.at as from, e.next as until, coalesce(c.accepted, 0) as accepted, coalesce(c.refused, 0) as refused
       from (select at, lead(at) over (order by at) as next, row_number() over (order by at)::int as n from edges) e
       left join counted c on c.n = e.n where e.next is not null order by e.at`,
      [scope.tenantId, now, zone],
    ),
  );
}

/** Beginnings of all steps, and the end of the last. */
const edges: Record<Range, string> = {
  hour: stepsOf("5 minutes", 300, 12),
  day: stepsOf("1 hour", 3600, 24),
  month: `select (day::timestamp at time zone $3) as at
    from (select ($2::timestamptz at time zone $3)::date + generate_series(-29, 1) as day) days`,
};

/** Local minutes tell where a step begins: some zones stand half an hour beside the others. */
function stepsOf(step: string, seconds: number, steps: number): string {
  return `select now_step + n * interval '${step}' as at from generate_series(${1 - steps}, 1) n, lateral (
    select $2::timestamptz - make_interval(secs => mod(extract(epoch from $2::timestamptz at time zone $3)::numeric, ${seconds})::float8) as now_step) s`;
}
