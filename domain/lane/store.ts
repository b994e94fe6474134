// A lane's row: read under its lock, moved by the breaker, written back with its give-up clock and the time it is due.
// Everybody who locks a lane and mails of it locks the lane first.
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import { stored, storedJson } from "@/domain/stored";
import { type LaneEvent, type LanePolicy, type LaneState, type Moved, move, type Refusal } from "./breaker";
import { turned } from "./clock";

export interface LaneRef {
  tenantId: string;
  exchangeId: string;
}

/** A connection of the lane, by its slot's token. */
export interface ConnectionRef extends LaneRef {
  token: string;
}

interface LaneRow {
  state: LaneState["state"];
  reason_kind: string | null;
  reason: string | null;
  since: Date;
  next_try_at: Date | null;
  cap: number | null;
  cap_raise_at: Date | null;
  pace_per_minute: number | null;
  pace_next_at: Date | null;
  refusal_key: string | null;
  refusals: Refusal[];
  cut_mail_id: string | null;
  cut_count: number;
  unreachable_since: Date | null;
  last_accepted_at: Date | null;
  certificate_change: unknown;
  working_base: number;
  working_since: number | null;
  retry_minutes: number;
  max_connections: number;
  running: number;
  now: Date;
}

/**
 * What a connection met, applied to its lane. Locks the lane's row until the caller's transaction ends. A connection that
 * settings from before a change opened met another server, and one whose slot is gone fell silent and may speak of long ago:
 * they move nothing.
 */
export async function moveLane(sql: Sql, ref: ConnectionRef, event: LaneEvent): Promise<Moved> {
  const row = await lockLane(sql, ref);
  if (await isOutdated(sql, ref)) return { lane: stateOf(row), giveBack: [] };
  const policy: LanePolicy = { retryMinutes: row.retry_minutes, maxConnections: row.max_connections };
  const moved = move(stateOf(row), event, policy, row.now);
  await writeLane(sql, ref, row, moved.lane);
  return moved;
}

async function isOutdated(sql: Sql, { tenantId, exchangeId, token }: ConnectionRef): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from lane_slot s join lane l on l.tenant_id = s.tenant_id and l.exchange_id = s.exchange_id
     where s.tenant_id = $1::uuid and s.exchange_id = $2::uuid and s.token = $3::uuid
       and s.settings_epoch = l.settings_epoch`,
    [tenantId, exchangeId, token],
  );
  return rows.length === 0;
}

/** A person's or a settings change's own move. */
export async function changeLane(sql: Sql, ref: LaneRef, change: (lane: LaneState, now: Date) => LaneState) {
  const row = await lockLane(sql, ref);
  await writeLane(sql, ref, row, change(stateOf(row), row.now));
}

/**
 * When the lane is next worth a look: at once means behind all others that are due now. Mail that is made ready later says so itself
 * (due_at = now()).
 */
export async function setLaneDue(sql: Sql, { tenantId, exchangeId }: LaneRef): Promise<void> {
  await sql.query(
    `update lane l set due_at = case l.state
       when 'paused' then null
       when 'open' then l.next_try_at
       when 'half-open' then now() + interval '10 seconds'
       else (select greatest(w.at, l.pace_next_at, now()) from (
         select least(
           (select min(m.next_attempt_at) from mail m
            where m.tenant_id = $1::uuid and m.exchange_id = $2::uuid and m.state = 'ready'),
           (select min(m.next_attempt_at) from mail m
            where m.tenant_id = $1::uuid and m.exchange_id = $2::uuid and m.state = 'uncertain')) as at) w
         where w.at is not null)
       end
     where l.tenant_id = $1::uuid and l.exchange_id = $2::uuid`,
    [tenantId, exchangeId],
  );
}

/** Mail became ready: the lane is due at once. */
export async function wakeLane(sql: Sql, { tenantId, exchangeId }: LaneRef): Promise<void> {
  await sql.query(
    "update lane set due_at = least(coalesce(due_at, now()), now()) where tenant_id = $1::uuid and exchange_id = $2::uuid",
    [tenantId, exchangeId],
  );
}

/**
 * The same, and a hint, where nobody has the lane now; false where somebody does, and it is to be woken after the commit. For those
 * who hold what others take while they have the lane.
 */
export async function wakeFreeLane(sql: Sql, { tenantId, exchangeId }: LaneRef): Promise<boolean> {
  const woken = await sql.query(
    `with free as materialized (
       select 1 from lane where tenant_id = $1::uuid and exchange_id = $2::uuid for no key update skip locked),
     woken as (
       update lane set due_at = least(coalesce(due_at, now()), now())
       where tenant_id = $1::uuid and exchange_id = $2::uuid and exists (select 1 from free) returning 1)
     select pg_notify('mailferry', 'lane')::text from woken`,
    [tenantId, exchangeId],
  );
  return woken.length > 0;
}

export const wakeAfterCommit = (scope: TenantScope, exchangeId: string): Promise<void> =>
  sqlInTenant(scope, async (sql) => {
    await wakeLane(sql, { tenantId: scope.tenantId, exchangeId });
    await hint(sql);
  });

/** A hint to the workers; they look by themselves too. */
export const hint = (sql: Sql) => sql.query("select pg_notify('mailferry', 'lane')::text");

/** For who changes mails of the lane and then, perhaps, the lane. */
export async function holdLane(sql: Sql, { tenantId, exchangeId }: LaneRef): Promise<void> {
  await sql.query("select 1 from lane where tenant_id = $1::uuid and exchange_id = $2::uuid for update", [
    tenantId,
    exchangeId,
  ]);
}

async function lockLane(sql: Sql, { tenantId, exchangeId }: LaneRef): Promise<LaneRow> {
  const [row] = await sql.query<LaneRow>(
    `select l.state, l.reason_kind, l.reason, l.since, l.next_try_at, l.cap, l.cap_raise_at, l.pace_per_minute,
       l.pace_next_at, l.refusal_key, l.refusals, l.cut_mail_id, l.cut_count, l.unreachable_since, l.last_accepted_at,
       l.certificate_change, l.working_base, l.working_since, e.retry_minutes, e.max_connections,
       coalesce((select c.running_seconds from site_clock c where c.site = l.site), 0) as running, now() as now
     from lane l join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id
     where l.tenant_id = $1::uuid and l.exchange_id = $2::uuid for update of l`,
    [tenantId, exchangeId],
  );
  if (!row) throw new Error(`no lane ${exchangeId}`);
  return row;
}

const stateOf = (row: LaneRow): LaneState => ({
  state: row.state,
  reasonKind: row.reason_kind,
  reason: row.reason,
  since: row.since,
  nextTryAt: row.next_try_at,
  cap: row.cap,
  capRaiseAt: row.cap_raise_at,
  pacePerMinute: row.pace_per_minute,
  paceNextAt: row.pace_next_at,
  refusalKey: row.refusal_key,
  refusals: row.refusals,
  cutMailId: row.cut_mail_id,
  cutCount: row.cut_count,
  unreachableSince: row.unreachable_since,
  lastAcceptedAt: row.last_accepted_at,
  certificateChange: row.certificate_change,
});

async function writeLane(sql: Sql, ref: LaneRef, row: LaneRow, lane: LaneState): Promise<void> {
  const clock = turned({ base: row.working_base, since: row.working_since }, lane.state === "closed", row.running);
  await sql.query(
    `update lane set state = $3, reason_kind = $4, reason = $5, since = $6, next_try_at = $7, cap = $8, cap_raise_at = $9,
       pace_per_minute = $10, pace_next_at = $11, refusal_key = $12, refusals = $13::jsonb, cut_mail_id = $14::uuid,
       cut_count = $15, unreachable_since = $16, last_accepted_at = $17, certificate_change = $18::jsonb,
       working_base = $19, working_since = $20
     where tenant_id = $1::uuid and exchange_id = $2::uuid`,
    [
      ref.tenantId,
      ref.exchangeId,
      lane.state,
      lane.reasonKind,
      lane.reason === null ? null : stored(lane.reason, 4000),
      lane.since,
      lane.nextTryAt,
      lane.cap,
      lane.capRaiseAt,
      lane.pacePerMinute,
      lane.paceNextAt,
      lane.refusalKey,
      storedJson(lane.refusals),
      lane.cutMailId,
      lane.cutCount,
      lane.unreachableSince,
      lane.lastAcceptedAt,
      lane.certificateChange === null ? null : storedJson(lane.certificateChange),
      clock.base,
      clock.since,
    ],
  );
  if (lane.state === "closed" && row.state !== "closed") await drainAtOnce(sql, ref);
  await setLaneDue(sql, ref);
}

/** The server is back: what waited for its retry interval because the server broke off goes now, but once only. */
async function drainAtOnce(sql: Sql, { tenantId, exchangeId }: LaneRef): Promise<void> {
  await sql.query(
    `with back as (
       update mail set next_attempt_at = now()
       where tenant_id = $1::uuid and exchange_id = $2::uuid and state = 'ready' and reason_kind = 'cut'
         and attempts <= 1 returning id)
     update recipient r set not_before = null from back
     where r.tenant_id = $1::uuid and r.mail_id = back.id and r.place = 'waiting' and r.reason_kind = 'cut'`,
    [tenantId, exchangeId],
  );
}
