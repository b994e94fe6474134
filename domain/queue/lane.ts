// The lane as the queue page shows it: whether it moves, how many connections it uses, what waits and since when.
import { sqlInTenant, type TenantScope } from "@/domain/scope";

export interface QueueLane {
  host: string;
  port: number;
  state: "closed" | "open" | "half-open" | "paused";
  reasonKind: string | null;
  reason: string | null;
  since: Date;
  nextTryAt: Date | null;
  /** connections in use, and how many the lane allows itself now and at most */
  inUse: number;
  cap: number;
  mostConnections: number;
  /** the final dot is sent and its answer is waited for since then, on the connection that waits longest */
  answerAwaitedSince: Date | null;
  pacePerMinute: number | null;
  retryMinutes: number;
  lastAcceptedAt: Date | null;
  warning: string | null;
  site: string;
  /** whether some worker of the site beats: if none does, nothing is sent */
  attended: boolean;
}

/** Null: no Exchange server is set up. */
export async function queueLane(scope: TenantScope): Promise<QueueLane | null> {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<QueueLane>(
      `select e.host, e.port, l.state, l.reason_kind as "reasonKind", l.reason, l.since, l.next_try_at as "nextTryAt", coalesce(s.n, 0)::int as "inUse",
         least(coalesce(l.cap, e.max_connections), e.max_connections) as cap, e.max_connections as "mostConnections",
         s.awaited as "answerAwaitedSince", l.pace_per_minute as "pacePerMinute", e.retry_minutes as "retryMinutes",
         l.last_accepted_at as "lastAcceptedAt", l.warning, l.site,
         exists (select 1 from worker w where l.site = any (w.sites) and not w.stopping
           and w.beat_at > now() - interval '2 minutes') as attended
       from lane l
       join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id
       left join lateral (
         select count(*) as n, min(x.answer_awaited_since) as awaited from lane_slot x
         where x.tenant_id = l.tenant_id and x.exchange_id = l.exchange_id and x.lease_until > now()) s on true
       where l.tenant_id = $1::uuid limit 1`,
      [scope.tenantId],
    ),
  );
  return rows[0] ?? null;
}
