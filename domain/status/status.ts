// The state of tenants, from one snapshot: what `status --json` prints and what a tenant's overview shows.

import { fromSnapshot } from "@/domain/ledger/snapshot";
import { type Sum, sumsIn } from "@/domain/ledger/sum";
import type { Sql, TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";

export interface LaneStatus {
  host: string;
  port: number;
  state: "closed" | "open" | "half-open" | "paused";
  reason: string | null;
  connections: number;
  nextTry: string | null;
}

export interface MailboxStatus {
  name: string;
  state: "active" | "paused" | "stopped";
  lastPoll: string | null;
  result: "ok" | "nothing-new" | "partial" | "refused" | "unreachable" | "busy" | "error" | null;
  nextPoll: string | null;
  lastError: string | null;
}

export interface TenantStatus extends Sum {
  slug: string;
  name: string;
  state: "active" | "closed";
  oldestWaiting: string | null;
  lanes: LaneStatus[];
  mailboxes: MailboxStatus[];
}

export interface Status {
  tenants: TenantStatus[];
}

/** All tenants, or the one named: for the command line, which sees them all. */
export const status = (db: Db, slug?: string): Promise<Status> =>
  fromSnapshot(db, async (sql) => ({
    tenants: await statusesIn(
      sql,
      await sql.query<TenantRow>(
        `select id, slug, name, state from tenant where $1::text is null or slug = $1 order by slug collate "C"`,
        [slug ?? null],
      ),
    ),
  }));

/** One tenant, for its people. Null when it is gone. */
export const statusOf = (scope: TenantScope): Promise<TenantStatus | null> =>
  fromSnapshot(
    scope.db,
    async (sql) => {
      const rows = await sql.query<TenantRow>("select id, slug, name, state from tenant where id = $1::uuid", [
        scope.tenantId,
      ]);
      return (await statusesIn(sql, rows))[0] ?? null;
    },
    scope.tenantId,
  );

interface TenantRow {
  id: string;
  slug: string;
  name: string;
  state: "active" | "closed";
}

async function statusesIn(sql: Sql, tenants: TenantRow[]): Promise<TenantStatus[]> {
  const ids = tenants.map(({ id }) => id);
  const sums = await sumsIn(sql, ids);
  const oldest = new Map((await oldestWaiting(sql, ids)).map(({ tenant_id, at }) => [tenant_id, at]));
  const lanes = byTenant(await lanesOf(sql, ids));
  const mailboxes = byTenant(await mailboxesOf(sql, ids));
  return tenants.flatMap(({ id, slug, name, state }) => {
    const sum = sums.get(id);
    if (!sum) return [];
    return {
      slug,
      name,
      state,
      collected: sum.collected,
      delivered: sum.delivered,
      waiting: sum.waiting,
      held: sum.held,
      badmail: sum.badmail,
      expired: sum.expired,
      discarded: sum.discarded,
      merged: sum.merged,
      deleted: sum.deleted,
      oldestWaiting: iso(oldest.get(id) ?? null),
      lanes: (lanes.get(id) ?? []).map(({ host, port, state, reason, connections, next_try_at }) => ({
        host,
        port,
        state,
        reason,
        connections,
        nextTry: iso(next_try_at),
      })),
      mailboxes: (mailboxes.get(id) ?? []).map((row) => ({
        name: row.name,
        state: row.state,
        lastPoll: iso(row.last_poll_at),
        result: row.last_result,
        nextPoll: row.state === "active" && state === "active" ? iso(row.due_at) : null,
        lastError: row.last_error,
      })),
    };
  });
}

function byTenant<Row extends { tenant_id: string }>(rows: Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) found.set(row.tenant_id, [...(found.get(row.tenant_id) ?? []), row]);
  return found;
}

const oldestWaiting = (sql: Sql, ids: string[]) =>
  sql.query<{ tenant_id: string; at: Date }>(
    `select tenant_id, min(collected_at) as at from mail
     where tenant_id = any ($1::uuid[]) and place = 'waiting' and kind = 'collected' group by tenant_id`,
    [ids],
  );

interface LaneRow {
  tenant_id: string;
  host: string;
  port: number;
  state: LaneStatus["state"];
  reason: string | null;
  next_try_at: Date | null;
  connections: number;
}
const lanesOf = (sql: Sql, ids: string[]) =>
  sql.query<LaneRow>(
    `select l.tenant_id, e.host, e.port, l.state, l.reason, l.next_try_at,
       (select count(*)::int from lane_slot s where s.tenant_id = l.tenant_id and s.exchange_id = l.exchange_id
          and s.lease_until > now()) as connections
     from lane l join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id
     where l.tenant_id = any ($1::uuid[]) order by e.host, e.port`,
    [ids],
  );

interface MailboxRow {
  tenant_id: string;
  name: string;
  state: MailboxStatus["state"];
  last_poll_at: Date | null;
  last_result: MailboxStatus["result"];
  due_at: Date | null;
  last_error: string | null;
}
const mailboxesOf = (sql: Sql, ids: string[]) =>
  sql.query<MailboxRow>(
    `select s.tenant_id, b.name, s.state, s.last_poll_at, s.last_result, s.due_at, s.last_error
     from mailbox_state s join mailbox b on b.tenant_id = s.tenant_id and b.id = s.mailbox_id
     where s.tenant_id = any ($1::uuid[]) order by b.name collate "C"`,
    [ids],
  );

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
