// What people do to a lane: try all now, pause, go on; and what a saved change of the server's settings does to it.
// Each takes the caller's transaction when given one, so that the audit row commits with the change.
import type { TriedAll } from "@/domain/queue/tried";
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import type { LaneState } from "./breaker";
import { changeLane, hint } from "./store";

/** Ignores the retry interval once: waiting mail is due now, and a stopped lane is probed now. */
export function tryAllNow(scope: TenantScope, sql?: Sql): Promise<TriedAll> {
  return within(scope, sql, async (tx) => {
    // The lane before its mails, as everybody who locks both does.
    await tx.query("select 1 from lane where tenant_id = $1::uuid for update", [scope.tenantId]);
    await tx.query(
      "update recipient set not_before = null where tenant_id = $1::uuid and place = 'waiting' and not_before is not null",
      [scope.tenantId],
    );
    const [tried] = await tx.query<TriedAll>(
      `with due as (update mail set next_attempt_at = now() where tenant_id = $1::uuid and state = 'ready' returning seq)
       select count(*)::int as mails, coalesce(max(seq), 0)::float8 as until, clock_timestamp() as at from due`,
      [scope.tenantId],
    );
    await eachLane(tx, scope, (lane, now) => ({
      ...lane,
      nextTryAt: lane.state === "open" ? now : lane.nextTryAt,
      paceNextAt: null,
    }));
    await hint(tx);
    if (!tried) throw new Error("a count without a row");
    return tried;
  });
}

/** Only a person makes a lane `paused`. What is being sent goes to its end. */
export function pauseLane(scope: TenantScope, reason: string, sql?: Sql): Promise<void> {
  return within(scope, sql, (tx) =>
    eachLane(tx, scope, (lane, now) => ({
      ...lane,
      state: "paused",
      reasonKind: "paused",
      reason: reason.slice(0, 500),
      since: now,
      nextTryAt: null,
    })),
  );
}

export function resumeLane(scope: TenantScope, sql?: Sql): Promise<void> {
  return within(scope, sql, async (tx) => {
    await eachLane(tx, scope, (lane, now) => (lane.state === "paused" ? fresh(lane, now) : lane));
    await hint(tx);
  });
}

/**
 * After new or changed settings (in their transaction): makes the lane if it is missing, forgets what the breaker held
 * against the old values, and tries at once. A lane that a person paused stays paused.
 */
export async function laneAfterSettingsChange(sql: Sql, tenantId: string, exchangeId: string): Promise<void> {
  await sql.query(
    `insert into lane (tenant_id, exchange_id, site)
     select t.id, $2::uuid, t.site from tenant t where t.id = $1::uuid on conflict do nothing`,
    [tenantId, exchangeId],
  );
  await sql.query(
    `update lane l set starttls_seen = false, warning = null, greets_us = null,
       settings_epoch = settings_epoch + 1
     where l.tenant_id = $1::uuid and l.exchange_id = $2::uuid`,
    [tenantId, exchangeId],
  );
  await sql.query(
    `update mail set exchange_id = $2::uuid
     where tenant_id = $1::uuid and exchange_id is null and state in ('received', 'ready')`,
    [tenantId, exchangeId],
  );
  await sql.query(
    "update mail set next_attempt_at = now() where tenant_id = $1::uuid and exchange_id = $2::uuid and state = 'ready'",
    [tenantId, exchangeId],
  );
  await sql.query(
    "update recipient set not_before = null where tenant_id = $1::uuid and place = 'waiting' and not_before is not null",
    [tenantId],
  );
  await changeLane(sql, { tenantId, exchangeId }, (lane, now) => (lane.state === "paused" ? lane : fresh(lane, now)));
  await hint(sql);
}

const fresh = (lane: LaneState, now: Date): LaneState => ({
  ...lane,
  state: "closed",
  reasonKind: null,
  reason: null,
  since: now,
  nextTryAt: null,
  cap: null,
  capRaiseAt: null,
  pacePerMinute: null,
  paceNextAt: null,
  refusalKey: null,
  refusals: [],
  cutMailId: null,
  cutCount: 0,
  unreachableSince: null,
  certificateChange: null,
});

const within = <T>(scope: TenantScope, sql: Sql | undefined, work: (sql: Sql) => Promise<T>): Promise<T> =>
  sql ? work(sql) : sqlInTenant(scope, work);

async function eachLane(sql: Sql, scope: TenantScope, change: (lane: LaneState, now: Date) => LaneState) {
  const lanes = await sql.query<{ exchange_id: string }>("select exchange_id from lane where tenant_id = $1::uuid", [
    scope.tenantId,
  ]);
  for (const { exchange_id } of lanes)
    await changeLane(sql, { tenantId: scope.tenantId, exchangeId: exchange_id }, change);
}
