// The claim of a mailbox: one session per mailbox, ever. Leases run on the database's clock; who lost one writes nothing.
import { changed } from "@/domain/live/changed";
import type { Sql } from "@/domain/scope";
import { pausedSql } from "@/domain/space/store";
import { stored, storedJson } from "@/domain/stored";
import type { Db } from "@/lib/db";
import { readClaimed } from "./claim-row";
import { type PollResult, works } from "./poll-result";
import type { RestoredMailbox } from "./restored";
import type { MailboxSettings } from "./schema";

export interface ClaimedMailbox {
  tenantId: string;
  mailboxId: string;
  token: string;
  /** the database's clock at the claim */
  claimedAt: Date;
  dueAt: Date;
  timeZone: string;
  settings: MailboxSettings;
  /** of the settings */
  version: number;
  /** its password as it was with these settings, which may not go to another host; null: it has none */
  sealed: { keyId: string; value: Uint8Array } | null;
  recheck: boolean;
  lastResult: PollResult | null;
  failures: number;
  failingSince: Date | null;
  toldStoppedAt: Date | null;
  notifyCollecting: boolean;
  /** what sessions leave to the next one, such as the uid at which the connection was cut */
  facts: Record<string, unknown>;
  /** null: the database was never restored from a backup */
  restored: RestoredMailbox | null;
}

export class LeaseLost extends Error {
  constructor() {
    super("another session has this mailbox now");
    this.name = "LeaseLost";
  }
}

export interface ClaimWish {
  workerId: string;
  sites: string[];
  count: number;
  /** at most so many sessions of one tenant at once: nobody waits behind a tenant with a hundred slow mailboxes */
  perTenant: number;
  leaseSeconds: number;
}

/** Of what is due longest so many are looked at. */
const longest = 250;
/** So many tenants are asked, one after another, when that is not all that is due: more where it is of few tenants. */
const [asked, askedBesideFew] = [20, 200];

/**
 * What is due, tenants in turn. Two steps: the small table first, everything else by its tenant_id. A token that still
 * stands is a session that died, or froze: counted, see deaths.ts. Nothing is claimed while the database has no room.
 *
 * What is due longest may be a few tenants' alone, thousands of theirs before anybody else's. So when there is more than is looked at,
 * tenants are asked as well, each for the one that it waits for longest (mailbox_turn): from another one on each time, so that everybody's
 * turn comes, and however many there are no claim asks all of them. How many each has in hand is counted once, among those that are held by
 * somebody (mailbox_leased), and not for each one that is due.
 */
export async function claimMailboxes(db: Db, wish: ClaimWish): Promise<ClaimedMailbox[]> {
  const { rows } = await db.pool.query<{ tenant_id: string; mailbox_id: string; lease_token: string }>(
    `with recursive busy as materialized (
       select tenant_id, count(*) as n from mailbox_state where lease_token is not null and lease_until > now() group by tenant_id),
     longest as materialized (
       -- Site by site, so that each is read in the order of its index and no further than needed; without those who wait, and not
       -- with all who don't, who are thousands.
       select d.* from unnest($1::text[]) own (site) cross join lateral (
         select s.tenant_id, s.mailbox_id, s.due_at from mailbox_state s
         where s.site = own.site and s.state = 'active' and s.due_at <= now()
           and (s.lease_until is null or s.lease_until <= now())
           and s.tenant_id <> all (array(select t.id from tenant t where t.state <> 'active'))
           and not ${pausedSql}
         order by s.due_at limit ${longest}) d
       order by d.due_at limit ${longest}),
     asked as (
       -- By the first row of each tenant; behind the last one comes the first, once, and the end is where it began.
       select own.site, start.id as start, start.id as tenant_id, null::timestamptz as due_at, false as anew, 0 as n,
         case when (select count(distinct tenant_id) from longest) < $2 then ${askedBesideFew} else ${asked} end as most
       from unnest($1::text[]) own (site) cross join (select gen_random_uuid() as id) start
       where (select count(*) from longest) = ${longest}
       union all
       select a.site, a.start, coalesce(next.tenant_id, '00000000-0000-0000-0000-000000000000'), next.due_at,
         a.anew or next.tenant_id is null, a.n + 1, a.most
       from asked a left join lateral (
         select s.tenant_id, s.due_at from mailbox_state s
         where s.site = a.site and s.state = 'active' and s.tenant_id > a.tenant_id order by s.tenant_id, s.due_at limit 1) next on true
       where a.n < a.most and not (a.anew and (next.tenant_id is null or next.tenant_id > a.start))),
     due as materialized (
       select * from longest
       union
       select s.tenant_id, s.mailbox_id, s.due_at from asked a cross join lateral (
         select s.tenant_id, s.mailbox_id, s.due_at from mailbox_state s
         where s.site = a.site and s.tenant_id = a.tenant_id and s.state = 'active' and s.due_at <= now()
           and (s.lease_until is null or s.lease_until <= now())
         order by s.due_at limit 1) s
       where a.due_at <= now()
         and a.tenant_id <> all (array(select tenant_id from busy where n >= $3
           union all select t.id from tenant t where t.state <> 'active'))),
     turn as materialized (
       select d.*, row_number() over (partition by d.tenant_id order by d.due_at) + coalesce(b.n, 0) as n
       from due d left join busy b on b.tenant_id = d.tenant_id),
     chosen as materialized (
       -- One after another, until there are enough: no other is read, or locked.
       select s.tenant_id, s.mailbox_id from (select * from turn where n <= $3 order by n, due_at) next
       cross join lateral (
         select s.tenant_id, s.mailbox_id from mailbox_state s
         where s.tenant_id = next.tenant_id and s.mailbox_id = next.mailbox_id and s.state = 'active' and s.due_at <= now()
           and (s.lease_until is null or s.lease_until <= now())
         for update skip locked) s
       limit $2)
     update mailbox_state s
     set lease_token = gen_random_uuid(), lease_worker = $4::uuid, lease_until = now() + make_interval(secs => $5),
       facts = case when s.lease_token is null then s.facts
         else s.facts || jsonb_build_object('died', coalesce((s.facts ->> 'died')::int, 0) + 1) end
     from chosen c where s.tenant_id = c.tenant_id and s.mailbox_id = c.mailbox_id
     returning s.tenant_id, s.mailbox_id, s.lease_token`,
    [wish.sites, wish.count, wish.perTenant, wish.workerId, wish.leaseSeconds],
  );
  for (const { tenant_id } of rows) changed(db, tenant_id, "mailbox");
  return readClaimed(db, rows);
}

/** Renews in any transaction: intake does it in its own, so that a session that lost its lease commits nothing. */
export async function renewLease(sql: Sql, claimed: ClaimedMailbox, leaseSeconds: number): Promise<void> {
  const rows = await sql.query(
    `update mailbox_state set lease_until = now() + make_interval(secs => $4)
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid returning 1`,
    [claimed.tenantId, claimed.mailboxId, claimed.token, leaseSeconds],
  );
  if (rows.length === 0) throw new LeaseLost();
}

export interface Release {
  result: PollResult;
  error: string | null;
  reply: string | null;
  collected: number;
  dueInSeconds: number;
  failures: number;
  failingSince: Date | null;
  toldStoppedAt: Date | null;
  recheck: boolean;
  /** only a person ends it */
  stop: { kind: string; reason: string } | null;
  /** null: nothing was listed */
  listed: { count: number; bytes: number; epoch: string } | null;
  certificate: unknown;
  facts: Record<string, unknown>;
  /** the session can't say whether it left (leaving.ts): what it wrote down of that stands */
  leavingStands: boolean;
  /** all that the source showed was collected */
  through: boolean;
}

/** Told to people with the end of the session. */
export interface CollectingNotice {
  cause: "collecting-stopped" | "collecting-again";
  facts: Record<string, unknown>;
}

/**
 * Ends the claim, and tells people where there is something to tell. What a person did meanwhile stands: a pause, *Collect now* (an
 * earlier due time), or other settings. False: the lease was lost, and nothing was written. Migration 0267 says how.
 */
export async function releaseMailbox(
  sql: Sql,
  claimed: ClaimedMailbox,
  release: Release,
  notice: CollectingNotice | null = null,
): Promise<boolean> {
  const { stop, listed } = release;
  const [row] = await sql.query<{ end: "lost" | "outdated" | "written" }>(
    `select worker_release_mailbox($1::uuid, $2::uuid, $3::uuid, $4::int, $5, $6, $7::timestamptz, $8::float8, $9, $10, $11, $12::int,
       $13::int, $14::timestamptz, $15::timestamptz, $16::boolean, $17::int, $18::bigint, $19, $20::jsonb, $21::jsonb, $22::boolean,
       $23::timestamptz, $24::boolean, $25, $26::jsonb) as end`,
    [
      ...[claimed.tenantId, claimed.mailboxId, claimed.token, claimed.version],
      ...[stop?.kind ?? null, stop ? stored(stop.reason) : null, claimed.dueAt, release.dueInSeconds, release.result],
      ...[release.error && stored(release.error), release.reply && stored(release.reply), release.collected],
      ...[release.failures, release.failingSince, release.toldStoppedAt, release.recheck],
      ...[listed?.count ?? null, listed?.bytes ?? null, listed?.epoch ?? null],
      ...[release.certificate === null ? null : storedJson(release.certificate), storedJson(release.facts)],
      ...[release.through, works(release.result) ? claimed.claimedAt : null, release.leavingStands],
      ...[notice?.cause ?? null, notice && storedJson(notice.facts)],
    ],
  );
  return row?.end !== "lost";
}

/** Whether the settings are still those of the claim. */
export async function isCurrent(sql: Sql, claimed: ClaimedMailbox): Promise<boolean> {
  const rows = await sql.query("select 1 from mailbox where tenant_id = $1::uuid and id = $2::uuid and version = $3", [
    claimed.tenantId,
    claimed.mailboxId,
    claimed.version,
  ]);
  return rows.length > 0;
}

/**
 * In the transaction of each write that a session makes: it still has the lease, and the mailbox its source. A save that
 * changes the source waits for this transaction, and this one for such a save; after it nothing of the old place is written.
 */
export async function holdClaim(sql: Sql, claimed: ClaimedMailbox): Promise<void> {
  const { tenantId, mailboxId, token, settings } = claimed;
  const held = await sql.query(
    `select 1 from mailbox_state where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid for share`,
    [tenantId, mailboxId, token],
  );
  // A statement of its own: it sees what was committed while the one before it waited.
  const same = await sql.query(
    `select 1 from mailbox where tenant_id = $1::uuid and id = $2::uuid and protocol = $3 and host = $4 and username = $5
       and (protocol <> 'imap' or folder = $6)`,
    [tenantId, mailboxId, settings.protocol, settings.host, settings.username, settings.folder],
  );
  if (held.length === 0 || same.length === 0) throw new LeaseLost();
}

/** For a session that may not write its end: the mailbox is due as it was. Where another session has the lease this changes nothing. */
export const unclaim = (db: Db, claimed: ClaimedMailbox): Promise<unknown> =>
  db.pool.query(
    `update mailbox_state set lease_token = null, lease_worker = null, lease_until = null
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid`,
    [claimed.tenantId, claimed.mailboxId, claimed.token],
  );
