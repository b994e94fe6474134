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
  exchangeId: string | null;
  settings: MailboxSettings;
  /** of the settings */
  version: number;
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

/**
 * What is due, tenants in turn. Two steps: the small table first, everything else by its tenant_id. A token that still
 * stands is a session that died, or froze: counted, see deaths.ts. Nothing is claimed while the database has no room.
 *
 * Who has its share already is left out from the start: a thousand mailboxes of one tenant that wait for each other would
 * else be all that is looked at, and nobody's turn would come. How many each has is counted once, among those that are held
 * by somebody (mailbox_leased), and not for each one that is due.
 */
export async function claimMailboxes(db: Db, wish: ClaimWish): Promise<ClaimedMailbox[]> {
  const { rows } = await db.pool.query<{ tenant_id: string; mailbox_id: string; lease_token: string }>(
    `with busy as materialized (
       select tenant_id, count(*) as n from mailbox_state where lease_token is not null and lease_until > now() group by tenant_id),
     due as materialized (
       -- Site by site, so that each is read in the order of its index and no further than needed; without those who wait, and not
       -- with all who don't, who are thousands.
       select d.* from unnest($1::text[]) own (site) cross join lateral (
         select s.tenant_id, s.mailbox_id, s.due_at from mailbox_state s
         where s.site = own.site and s.state = 'active' and s.due_at <= now()
           and (s.lease_until is null or s.lease_until <= now())
           and s.tenant_id <> all (array(select tenant_id from busy where n >= $3
             union all select t.id from tenant t where t.state <> 'active'))
           and not ${pausedSql}
         order by s.due_at limit 1000) d
       order by d.due_at limit 1000),
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
  const claimed = await Promise.all(rows.map((row) => readClaimed(db, row.tenant_id, row.mailbox_id, row.lease_token)));
  return claimed.filter((one) => one !== null);
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

/** Ends the claim. What a person did meanwhile stands: a pause, *Collect now* (an earlier due time), or other settings. */
export async function releaseMailbox(sql: Sql, claimed: ClaimedMailbox, release: Release): Promise<boolean> {
  // Locked first: a save that is under way is waited for and seen by what follows, or waits and writes after it.
  await sql.query(
    `select 1 from mailbox_state where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid for update`,
    [claimed.tenantId, claimed.mailboxId, claimed.token],
  );
  return (await isCurrent(sql, claimed))
    ? releaseCurrent(sql, claimed, release)
    : releaseOutdated(sql, claimed, release);
}

async function releaseCurrent(sql: Sql, claimed: ClaimedMailbox, release: Release): Promise<boolean> {
  const rows = await sql.query(
    `update mailbox_state set lease_token = null, lease_worker = null, lease_until = null,
       state = case when state = 'active' and $4 then 'stopped' else state end,
       reason_kind = case when state = 'active' and $4 then $5 else reason_kind end,
       reason = case when state = 'active' and $4 then $6 else reason end,
       due_at = case when state <> 'active' or $4 then null
         when due_at is distinct from $7::timestamptz then least(due_at, now() + make_interval(secs => $8))
         else now() + make_interval(secs => $8) end,
       last_poll_at = now(), last_result = $9, last_error = $10, last_reply = $11, last_new = $12,
       failures = $13, failing_since = $14, told_stopped_at = $15, recheck = $16,
       listed = coalesce($17, listed), listed_bytes = coalesce($18, listed_bytes), epoch = coalesce($19, epoch),
       certificate = coalesce($20::jsonb, certificate), 
       facts = $21::jsonb || case when $24 and facts ? 'leaving' then '{"leaving": true}' else '{}' end::jsonb,
       restored_open = restored_open and not $22, worked_at = coalesce($23, worked_at),
       good_poll_at = case when $23::timestamptz is null then good_poll_at else now() end
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid returning 1`,
    [
      claimed.tenantId,
      claimed.mailboxId,
      claimed.token,
      release.stop !== null,
      release.stop?.kind ?? null,
      release.stop?.reason ?? null,
      claimed.dueAt,
      release.dueInSeconds,
      release.result,
      release.error === null ? null : stored(release.error),
      release.reply === null ? null : stored(release.reply),
      release.collected,
      release.failures,
      release.failingSince,
      release.toldStoppedAt,
      release.recheck,
      release.listed?.count ?? null,
      release.listed?.bytes ?? null,
      release.listed?.epoch ?? null,
      release.certificate === null ? null : storedJson(release.certificate),
      storedJson(release.facts),
      release.through,
      works(release.result) ? claimed.claimedAt : null,
      release.leavingStands,
    ],
  );
  return rows.length > 0;
}

/**
 * Saved while the session ran: what it found says nothing about the mailbox as it is set now. The comparing that a new
 * source asks for, the count of failures, and what people read of them are left as the save made them.
 */
async function releaseOutdated(sql: Sql, claimed: ClaimedMailbox, release: Release): Promise<boolean> {
  const rows = await sql.query(
    `update mailbox_state set lease_token = null, lease_worker = null, lease_until = null, last_poll_at = now(),
       last_new = $4, due_at = case when state = 'active' then least(due_at, now()) end
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid returning 1`,
    [claimed.tenantId, claimed.mailboxId, claimed.token, release.collected],
  );
  return rows.length > 0;
}

/** Whether the settings are still those of the claim. In one snapshot with the password, which may belong to newer ones. */
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

/** For a session that never began: the mailbox is due as it was. */
export const unclaim = (db: Db, claimed: ClaimedMailbox): Promise<unknown> =>
  db.pool.query(
    `update mailbox_state set lease_token = null, lease_worker = null, lease_until = null
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid`,
    [claimed.tenantId, claimed.mailboxId, claimed.token],
  );
