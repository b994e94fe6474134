// Claiming a lane: first a lane that is due among all tenants of my sites, then one of its connections (a slot). The slots
// are counted under the lane's row lock, so the cap is exact across all workers; a slot whose lease ran out is free again.

import { randomUUID } from "node:crypto";
import { changed } from "@/domain/live/changed";
import { againOnDeadlock } from "@/domain/message/deadlock";
import { putDown } from "@/domain/message/put-down";
import { recoverMail, uncertainDue } from "@/domain/message/recover";
import { type Sql, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { lockMailsOf, recoverExpired } from "./recover";
import { holdLane, type LaneRef, setLaneDue } from "./store";

export interface LaneClaimant {
  workerId: string;
  sites: string[];
  leaseSeconds: number;
  uncertainSeconds: number;
}

export interface ClaimedLane extends LaneRef {
  n: number;
  token: string;
  workerId: string;
  leaseSeconds: number;
  /** the one connection of a half-open lane */
  probe: boolean;
  /** of the settings that hold for it */
  epoch: number;
}

/** One connection of one due lane. `skipped`: a due lane that needs no further one now. Null: nothing is due. */
export async function claimLane(
  db: Db,
  claimant: LaneClaimant,
  skip: readonly string[] = [],
): Promise<ClaimedLane | { skipped: string } | null> {
  const claimed = await sqlTransaction(db.pool, async (sql) => {
    const lane = await dueLane(sql, claimant.sites, skip);
    if (!lane) return null;
    const ref = { tenantId: lane.tenant_id, exchangeId: lane.exchange_id };
    await recoverExpired(sql, ref, claimant.uncertainSeconds);
    await uncertainDue(sql, ref);
    const probe = lane.state !== "closed";
    const n = await freeSlot(sql, lane, probe);
    if (n === null) {
      await setLaneDue(sql, ref);
      return { skipped: ref.tenantId };
    }
    const token = randomUUID();
    await sql.query(
      `insert into lane_slot (tenant_id, exchange_id, n, token, worker_id, lease_until, probe, settings_epoch, server)
       values ($1::uuid, $2::uuid, $3, $4::uuid, $5::uuid, now() + make_interval(secs => $6), $7, $8, $9)`,
      [
        ref.tenantId,
        ref.exchangeId,
        n,
        token,
        claimant.workerId,
        claimant.leaseSeconds,
        probe,
        lane.settings_epoch,
        lane.server,
      ],
    );
    await startLane(sql, ref);
    const { workerId, leaseSeconds } = claimant;
    return { ...ref, n, token, workerId, leaseSeconds, probe, epoch: lane.settings_epoch };
  });
  if (claimed && "token" in claimed) changed(db, claimed.tenantId, "lane");
  return claimed;
}

/** Keeps a slot and its mails, the mails first, as everybody who locks both; false when the slot is no longer ours. */
export async function renewSlot(db: Db, lane: ClaimedLane, mailTokens: string[]): Promise<boolean> {
  const { rows } = await db.pool.query(
    `with held as materialized (
       select m.id from mail m where m.tenant_id = $1::uuid and m.lease_token = any ($5::uuid[]) and m.id = any (array(
         select unnest(s.mail_id || s.next_ids) from lane_slot s
         where s.tenant_id = $1::uuid and s.exchange_id = $2::uuid and s.token = $3::uuid))
       order by m.id for update),
     kept as (
       update mail m set lease_until = now() + make_interval(secs => $4) from held
       where m.tenant_id = $1::uuid and m.id = held.id returning 1),
     mine as (
       update lane_slot set lease_until = now() + make_interval(secs => $4)
       where tenant_id = $1::uuid and exchange_id = $2::uuid and token = $3::uuid
         -- Always true: so the mails are locked and renewed before their slot.
         and (select count(*) from kept) >= 0 returning 1)
     select 1 from mine`,
    [lane.tenantId, lane.exchangeId, lane.token, lane.leaseSeconds, mailTokens],
  );
  return rows.length > 0;
}

/** Since when the server owes the answer to a mail's end; shown at the lane. */
export async function markAnswerAwaited(db: Db, lane: ClaimedLane, since: Date | null): Promise<void> {
  await db.pool.query(
    "update lane_slot set answer_awaited_since = $4 where tenant_id = $1::uuid and exchange_id = $2::uuid and token = $3::uuid",
    [lane.tenantId, lane.exchangeId, lane.token, since],
  );
  changed(db, lane.tenantId, "lane");
}

/**
 * Gives the connection back; a probe that ended without a word leaves the lane to the next probe. A mail that it still
 * carries (the database was away in between) goes on as if the worker had fallen silent, but isn't held against it. Those
 * of `untried` are as they were before they were claimed.
 */
export async function releaseSlot(
  db: Db,
  lane: ClaimedLane,
  uncertainSeconds: number,
  untried: readonly string[] = [],
): Promise<void> {
  await againOnDeadlock(() =>
    sqlTransaction(db.pool, async (sql) => {
      await holdLane(sql, lane);
      await lockMailsOf(sql, lane, "s.token = $3::uuid", lane.token);
      const [slot] = await sql.query<{ mail_id: string | null; next_ids: string[] }>(
        `delete from lane_slot where tenant_id = $1::uuid and exchange_id = $2::uuid and token = $3::uuid
         returning mail_id, next_ids`,
        [lane.tenantId, lane.exchangeId, lane.token],
      );
      const held = slot?.mail_id ? [slot.mail_id, ...slot.next_ids] : [];
      const { tenantId, exchangeId, workerId } = lane;
      const never = held.filter((id) => untried.includes(id));
      const put = await putDown(sql, lane, never);
      const orphan = { tenantId, exchangeId, workerId, uncertainSeconds, alive: true, released: true };
      for (const mailId of held) if (!put.includes(mailId)) await recoverMail(sql, { ...orphan, mailId });
      await setLaneDue(sql, lane);
    }),
  );
  changed(db, lane.tenantId, "lane");
}

interface DueLane {
  tenant_id: string;
  exchange_id: string;
  state: "closed" | "open" | "half-open";
  cap: number | null;
  max_connections: number;
  settings_epoch: number;
  /** host and port */
  server: string;
}

/**
 * Of those whose turn it is the lane with the fewest connections, then the one that waited longest: tenants take turns. A lane that was
 * served or needed nothing goes behind all others that are due (startLane, setLaneDue), so however many are, each comes among those
 * that are looked at.
 */
async function dueLane(sql: Sql, sites: string[], skip: readonly string[]): Promise<DueLane | undefined> {
  for (;;) {
    // The first of each site by the index of when they are due: as many are looked at, whatever waits.
    const first = await sql.query<{ tenant_id: string; exchange_id: string; works: boolean }>(
      `select f.tenant_id, f.exchange_id, f.works from unnest($1::text[]) as s (site) cross join lateral (
         select l.tenant_id, l.exchange_id, l.due_at, coalesce(${works}, false) as works from lane l
         where l.site = s.site and l.due_at <= now() and l.tenant_id <> all($2::uuid[]) order by l.due_at limit 50) f
       order by (select count(*) from lane_slot s where s.tenant_id = f.tenant_id and s.exchange_id = f.exchange_id), f.due_at`,
      [sites, skip],
    );
    for (const { tenant_id, exchange_id } of first.filter((one) => one.works)) {
      const [lane] = await sql.query<DueLane>(
        `select l.tenant_id, l.exchange_id, l.state, l.cap, e.max_connections, l.settings_epoch,
           lower(e.host) || ':' || e.port as server
         from lane l join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id
         where l.tenant_id = $1::uuid and l.exchange_id = $2::uuid and l.due_at <= now() and ${works}
         for update of l skip locked`,
        [tenant_id, exchange_id],
      );
      if (lane) return lane;
    }
    const asleep = first.filter((one) => !one.works).map(({ tenant_id }) => tenant_id);
    if (asleep.length === 0 || !(await putOff(sql, asleep))) return undefined;
  }
}

const works = `(l.state = 'half-open' or (l.state = 'open' and l.next_try_at <= now())
  or (l.state = 'closed' and (l.pace_next_at is null or l.pace_next_at <= now())))`;

/** Mail that came woke lanes that can't work yet: they are due when they can, and stand before nobody until then. */
async function putOff(sql: Sql, tenants: string[]): Promise<boolean> {
  const rows = await sql.query(
    `with asleep as materialized (
       select l.tenant_id, l.exchange_id from lane l
       where l.tenant_id = any ($1::uuid[]) and l.due_at <= now() and ${works} is not true for update skip locked)
     update lane l set due_at = case l.state when 'paused' then null when 'open' then l.next_try_at else l.pace_next_at end
     from asleep a where l.tenant_id = a.tenant_id and l.exchange_id = a.exchange_id returning 1`,
    [tenants],
  );
  return rows.length > 0;
}

/**
 * The number of a free slot, or null when the cap is reached, the probe is out, or idle connections will do. One that settings
 * from before a change opened gets no mail any more, but may wait minutes for an answer: it counts only towards its own server.
 */
async function freeSlot(sql: Sql, lane: DueLane, probe: boolean): Promise<number | null> {
  const slots = await sql.query<{ n: number; mail_id: string | null; probe: boolean; present: boolean; here: boolean }>(
    `select n, mail_id, probe, settings_epoch = $3 as present, server in ($4, '') as here
     from lane_slot where tenant_id = $1::uuid and exchange_id = $2::uuid`,
    [lane.tenant_id, lane.exchange_id, lane.settings_epoch, lane.server],
  );
  const present = slots.filter((slot) => slot.present);
  const counted = slots.filter((slot) => slot.present || slot.here).length;
  const cap = Math.min(lane.max_connections, lane.cap ?? lane.max_connections);
  if (counted >= cap || (probe && present.some((slot) => slot.probe))) return null;
  if (!probe) {
    const idle = present.filter(({ mail_id }) => mail_id === null).length;
    // In the order of the index of what is due: by the other one it would go past all that is deferred.
    const due = await sql.query(
      `select 1 from mail where tenant_id = $1::uuid and exchange_id = $2::uuid and state = 'ready'
         and next_attempt_at <= now() order by next_attempt_at limit $3`,
      [lane.tenant_id, lane.exchange_id, idle + 1],
    );
    if (due.length <= idle || (await mustWait(sql, lane))) return null;
  }
  const taken = new Set(slots.map(({ n }) => n));
  let n = 0;
  while (taken.has(n)) n += 1;
  return n;
}

/** The next mail is to be carried alone, or one that is to be: another connection would find nothing to do. */
async function mustWait(sql: Sql, { tenant_id, exchange_id }: DueLane): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from lane_slot o join mail x on x.tenant_id = o.tenant_id and x.id = o.mail_id
     where o.tenant_id = $1::uuid and o.exchange_id = $2::uuid and o.lease_until > now()
       and x.state = 'sending' and (x.dot_pending_at is null or x.dot_pending_at > now() - interval '10 seconds')
       and (x.dot_pending_at is null and x.claims > 1 or 0 < (select worker_next_claims($1::uuid, $2::uuid))) limit 1`,
    [tenant_id, exchange_id],
  );
  return rows.length > 0;
}

/**
 * An open lane becomes half-open with this connection; a closed one's clock runs from its first use, and the next connection is
 * another lane's turn.
 */
async function startLane(sql: Sql, { tenantId, exchangeId }: LaneRef): Promise<void> {
  await sql.query(
    `update lane l set
       state = case when l.state = 'open' then 'half-open' else l.state end,
       due_at = case when l.state = 'closed' then now() else now() + interval '10 seconds' end,
       working_since = case when l.state = 'closed'
         then coalesce(l.working_since, (select c.running_seconds from site_clock c where c.site = l.site), 0) end
     where l.tenant_id = $1::uuid and l.exchange_id = $2::uuid`,
    [tenantId, exchangeId],
  );
}
