// What became of the mails that a person had tried at once, told by the mails themselves: what came later is not among them.
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import { bounded } from "./bounded";
import type { QueueLane } from "./lane";

/** What *Try all now* did. */
export interface TriedAll {
  /** by the database's clock */
  at: Date;
  /** mails that are due by it */
  mails: number;
  /** the newest of them */
  until: number;
}

/** Counting ends at `bounded`: of those that went or are stuck together, and of those that wait. */
export interface TriedNow extends Pick<QueueLane, "host" | "state" | "reason" | "nextTryAt"> {
  /** Exchange took them since */
  accepted: number;
  /** in BADMAIL or held since */
  stuck: number;
  waiting: number;
  /** of these: put off, each to a time of its own */
  putOff: number;
}

/** Null: there is no server any more. */
export async function triedSince(
  scope: TenantScope,
  { at, until }: Pick<TriedAll, "at" | "until">,
): Promise<TriedNow | null> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<TriedNow>(
      `select e.host, l.state, l.reason, l.next_try_at as "nextTryAt", s.accepted, s.stuck, w.waiting, w.put_off as "putOff"
       from lane l join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id
       cross join lateral (
         select count(*) filter (where x.place = 'delivered')::int as accepted,
           count(*) filter (where x.place in ('badmail', 'held'))::int as stuck
         from (select m.place from mail m where m.tenant_id = $1::uuid and m.state = 'settled' and m.settled_at >= $2
           and m.seq <= $3 limit ${bounded}) x) s
       cross join lateral (
         select count(*)::int as waiting, count(*) filter (where x.state = 'ready' and x.next_attempt_at > now())::int as put_off
         from (select m.state, m.next_attempt_at from mail m where m.tenant_id = $1::uuid and m.place = 'waiting'
           and m.seq <= $3 limit ${bounded}) x) w
       where l.tenant_id = $1::uuid limit 1`,
      [scope.tenantId, at, until],
    ),
  );
  return row ?? null;
}
