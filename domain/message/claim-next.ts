// Which mail of a lane is next: one statement that finds it, leases it, says so at the connection's slot, writes the row of its
// attempt, and answers who may be tried.
import type { ClaimedLane } from "@/domain/lane/claim";
import { workingSql } from "@/domain/lane/clock";
import type { Db } from "@/lib/db";

export interface MailRecipient {
  id: string;
  address: string;
  rerouted: boolean;
  reasonKind: string | null;
}

export interface TakenRow {
  id: string;
  kind: "collected" | "notice" | "test" | "copy";
  body_id: string;
  prefix_length: number;
  canonical_hash: Buffer | null;
  sender: string;
  subject: string;
  size: number;
  eight_bit: boolean;
  one_by_one: boolean;
  reroute_to: string;
  reason_kind: string | null;
  /** what a lane at a pace spent on it: until then it takes no other; exact, as text */
  spent_until: string | null;
  /** none: nobody of it may be tried yet, and there is no attempt */
  recipients: MailRecipient[];
}

interface Claim {
  token: string;
  attemptId: string;
  worker: string;
}

/**
 * A probe takes another mail than the one that ended the last connection, or two that end each one would keep a server that
 * works stopped for ever. Everything else goes in the order of its arrival, which has an index.
 */
const probeOrder =
  "(m.reason_kind is not distinct from 'cut'), (m.id is not distinct from slot.cut_mail_id), m.next_attempt_at, m.seq";

/**
 * A worker ended without a word while it carried a mail, and with it all that went beside: any of them may have been the
 * reason. So such a mail is carried alone in its lane the next times, up to its dot, and what only stood beside is cleared. What
 * is behind its dot is given a moment to get its answer: else each death would cost it one, and the third holds it.
 */
const aloneIfSuspect = `not exists (
         select 1 from lane_slot o join mail x on x.tenant_id = o.tenant_id and x.id = o.mail_id
         where o.tenant_id = $1::uuid and o.exchange_id = $2::uuid and o.token <> $3::uuid and o.lease_until > now()
           and x.state = 'sending' and (x.dot_pending_at is null and (next.claims > 0 or x.claims > 1)
             or next.claims > 0 and x.dot_pending_at > now() - interval '10 seconds'))`;

/**
 * Those that still wait and may be tried now; a domain that this server does not relay for waits as a whole. Locked, so that they are
 * read as they were last committed, and not as when this statement began: it may have waited. (`for key share` would not do: it
 * takes the old row of one that was changed.) Who is being changed just now goes with the next attempt.
 */
const sendable = `select r.id, r.address, r.rerouted, r.reason_kind from taken t join recipient r on r.tenant_id = $1::uuid
       and r.mail_id = t.id where r.place = 'waiting'
       and (r.not_before is null or r.not_before <= now())
       and not exists (select 1 from recipient w where w.tenant_id = $1::uuid and w.place = 'waiting'
         and w.reason_kind = 'relay' and w.not_before > now()
         and split_part(lower(w.address), '@', 2) = split_part(lower(r.address), '@', 2))
       for no key update of r skip locked`;

/**
 * Only through a slot that is ours, opened by the settings that hold now, in a lane that works (or whose probe we are), and at
 * its pace. A paced lane is locked before its mail, as everybody who locks both does; of two connections the second then sees
 * the first one's time, and who waited here while the lane was paused, stopped or given other settings takes nothing. An interval
 * is spent only on a mail that was taken.
 */
export async function takeNext(
  db: Db,
  lane: ClaimedLane,
  { token, attemptId, worker }: Claim,
  probing: boolean,
): Promise<TakenRow | undefined> {
  const { rows } = await db.pool.query<TakenRow>(
    `with paced as materialized (
       select state, settings_epoch from lane
       where tenant_id = $1::uuid and exchange_id = $2::uuid and pace_per_minute is not null
         and (pace_next_at is null or pace_next_at <= now())
         and exists (select 1 from mail m where m.tenant_id = $1::uuid and m.exchange_id = $2::uuid
           and m.state = 'ready' and m.next_attempt_at <= now())
       for no key update),
     slot as (
       select ${workingSql} as working, l.cut_mail_id
       from lane_slot s join lane l on l.tenant_id = s.tenant_id and l.exchange_id = s.exchange_id
       left join site_clock c on c.site = l.site
       where s.tenant_id = $1::uuid and s.exchange_id = $2::uuid and s.token = $3::uuid and s.lease_until > now()
         and s.settings_epoch = l.settings_epoch
         and (l.state = 'closed' or (l.state = 'half-open' and s.probe))
         and (l.pace_per_minute is null
           or exists (select 1 from paced where paced.state = l.state and paced.settings_epoch = l.settings_epoch))),
     next as (
       select m.id, m.claims, slot.working from mail m cross join slot
       where m.tenant_id = $1::uuid and m.exchange_id = $2::uuid and m.state = 'ready' and m.next_attempt_at <= now()
       order by ${probing ? probeOrder : "m.seq"} limit 1 for update of m skip locked),
     taken as (
       update mail m set state = 'sending', lease_token = $4::uuid, lease_worker = $5::uuid,
         lease_until = now() + make_interval(secs => $6), attempts = m.attempts + 1, claims = m.claims + 1,
         dot_pending_at = null, clock_start = coalesce(m.clock_start, next.working, 0)
       from next where m.tenant_id = $1::uuid and m.id = next.id and ${aloneIfSuspect} returning m.*),
     spent as (
       update lane set pace_next_at = now() + make_interval(secs => 60.0 / pace_per_minute) from taken
       where lane.tenant_id = $1::uuid and lane.exchange_id = $2::uuid and lane.pace_per_minute is not null
       returning lane.pace_next_at::text as until),
     held as (
       update lane_slot set mail_id = taken.id, lease_until = now() + make_interval(secs => $6) from taken
       where lane_slot.tenant_id = $1::uuid and lane_slot.exchange_id = $2::uuid and lane_slot.token = $3::uuid),
     receivers as materialized (${sendable}),
     tried as (
       insert into attempt (tenant_id, id, mail_id, number, worker)
       select $1::uuid, $7::uuid, t.id, 1 + coalesce((select max(a.number) from attempt a
         where a.tenant_id = $1::uuid and a.mail_id = t.id), 0), $8
       from taken t where exists (select 1 from receivers))
     select t.id, t.kind, t.body_id, b.prefix_length, b.canonical_hash, t.sender, t.subject, t.size, b.eight_bit,
       t.one_by_one, t.reroute_to, t.reason_kind, (select spent.until from spent) as spent_until,
       coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'address', r.address, 'rerouted', r.rerouted,
         'reasonKind', r.reason_kind) order by r.address) from receivers r), '[]') as recipients
     from taken t join body b on b.tenant_id = $1::uuid and b.id = t.body_id`,
    [lane.tenantId, lane.exchangeId, lane.token, token, lane.workerId, lane.leaseSeconds, attemptId, worker],
  );
  return rows[0];
}
