// Lanes that are down become alerts, and the good end of them: how long it took, what waited and what was delivered.
import type { Db } from "@/lib/db";
import { raiseAlert } from "./store";

/** Raises at the first sight; it is told only when the lane is still down 15 minutes later (claimAlerts). */
export async function raiseLanes(db: Db, sites: string[]): Promise<void> {
  const { rows } = await db.pool.query<{
    tenant_id: string;
    exchange_id: string;
    name: string;
    host: string;
    port: number;
    reason: string | null;
    since: Date;
  }>(
    `select l.tenant_id, l.exchange_id, t.name, e.host, e.port, l.reason, coalesce(l.unreachable_since, l.since) as since
     from lane l
     join tenant t on t.id = l.tenant_id and t.state = 'active'
     join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id
     where l.site = any ($1) and l.state in ('open', 'half-open')
       and not exists (select 1 from alert a where a.cause = 'lane:' || l.tenant_id || ':' || l.exchange_id
         and a.resolved_at is null)
     limit 500`,
    [sites],
  );
  for (const row of rows) {
    const cause = `lane:${row.tenant_id}:${row.exchange_id}`;
    const why = row.reason ? ` Reason: ${row.reason}` : "";
    const text = `Mail of ${row.name} is not getting through to ${row.host}:${row.port}.${why}`;
    await raiseAlert(db, {
      cause,
      kind: "lane",
      tenantId: row.tenant_id,
      text,
      facts: { host: row.host, port: row.port },
    });
    await db.pool.query("update alert set raised_at = least(raised_at, $2) where cause = $1 and resolved_at is null", [
      cause,
      row.since,
    ]);
  }
}

/** A lane that works again, was paused by a person, or is gone ends its alert, with the counts at that moment. */
export async function resolveLanes(db: Db): Promise<void> {
  await db.pool.query(
    `update alert a set resolved_at = now(), facts = a.facts || jsonb_build_object(
       'state', coalesce(l.state, 'gone'),
       'waiting', (select count(*) from mail m where m.tenant_id = a.tenant_id and m.place = 'waiting'),
       'delivered', (select count(*) from mail m where m.tenant_id = a.tenant_id and m.state = 'settled'
         and m.place = 'delivered' and m.settled_at >= a.raised_at))
     -- By the tenant, which leads the lanes' key: the words alone would be made of every lane.
     from alert b left join lane l on l.tenant_id = b.tenant_id and b.cause = 'lane:' || l.tenant_id || ':' || l.exchange_id
     where a.id = b.id and b.kind = 'lane' and b.resolved_at is null
       and (l.state is null or l.state in ('closed', 'paused'))`,
  );
}
