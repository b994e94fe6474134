// Identities at the source: what a mailbox is known to hold or to have held. They outlive the mails' own rows.
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import type { Listed } from "@/mail/source";
import type { Known } from "./cursor";

/** Where a mail is at the source. */
export interface Spot {
  epoch: string;
  uid: string;
  size: number;
}

/** A mail that was recognised by its hash. */
export interface Recognised {
  id: number;
  state: string;
  createdAt: Date;
}

export const openIdentities = (scope: TenantScope, mailboxId: string): Promise<Known[]> =>
  sqlInTenant(scope, async (sql) => {
    const rows = await sql.query<{
      id: number;
      epoch: string;
      uid: string;
      size: number | null;
      state: Known["state"];
      created_at: Date;
      next_try_at: Date | null;
      tries: number;
      wanted_at: Date | null;
    }>(
      `select id, epoch, uid, size, state, created_at, next_try_at, tries, wanted_at from identity
       where tenant_id = $1::uuid and mailbox_id = $2::uuid and state <> 'closed' order by id`,
      [scope.tenantId, mailboxId],
    );
    return rows.map((row) => ({
      id: row.id,
      epoch: row.epoch,
      uid: row.uid,
      size: row.size,
      state: row.state,
      createdAt: row.created_at,
      nextTryAt: row.next_try_at,
      tries: row.tries,
      wanted: row.wanted_at !== null,
    }));
  });

/** Which of these uids a closed identity has: servers use UIDLs again after a deletion, a restore, a migration. */
export async function closedUids(
  scope: TenantScope,
  mailboxId: string,
  epoch: string,
  uids: string[],
): Promise<Set<string>> {
  if (uids.length === 0) return new Set();
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ uid: string }>(
      `select distinct uid from identity where tenant_id = $1::uuid and mailbox_id = $2::uuid and state = 'closed'
         and epoch = $3 and uid = any ($4::text[]) and canonical_hash is not null`,
      [scope.tenantId, mailboxId, epoch, uids],
    ),
  );
  return new Set(rows.map((row) => row.uid));
}

/** Stored header hashes by identity, hexadecimal. */
export async function headerHashes(scope: TenantScope, ids: number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ id: number; hash: string }>(
      `select id, encode(header_hash, 'hex') as hash from identity
       where tenant_id = $1::uuid and id = any ($2::bigint[]) and header_hash is not null`,
      [scope.tenantId, ids],
    ),
  );
  return new Map(rows.map((row) => [row.id, row.hash]));
}

/** Of these header hashes those that this mailbox had before, with what became of them. */
export async function knownHeaders(
  scope: TenantScope,
  mailboxId: string,
  hashes: string[],
): Promise<Map<string, "stored" | "skipped">> {
  if (hashes.length === 0) return new Map();
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ hash: string; skipped: boolean }>(
      `select encode(header_hash, 'hex') as hash, bool_and(canonical_hash is null) as skipped from identity
       where tenant_id = $1::uuid and mailbox_id = $2::uuid
         and header_hash in (select decode(h, 'hex') from unnest($3::text[]) h)
       group by header_hash`,
      [scope.tenantId, mailboxId, hashes],
    ),
  );
  return new Map(rows.map((row) => [row.hash, row.skipped ? "skipped" : "stored"]));
}

/** Identities of mails with exactly these bytes, open ones first. */
export async function findByHash(scope: TenantScope, mailboxId: string, canonicalHash: string): Promise<Recognised[]> {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ id: number; state: string; created_at: Date }>(
      `select id, state, created_at from identity
       where tenant_id = $1::uuid and mailbox_id = $2::uuid and canonical_hash = decode($3, 'hex')
       order by state = 'closed', id`,
      [scope.tenantId, mailboxId, canonicalHash],
    ),
  );
  return rows.map((row) => ({ id: row.id, state: row.state, createdAt: row.created_at }));
}

/** A known mail in a new spot: its identity moves there, and it is not delivered again. */
export const moveIdentity = (scope: TenantScope, mailboxId: string, id: number, spot: Spot): Promise<void> =>
  sqlInTenant(scope, async (sql) => {
    await vacate(sql, scope.tenantId, mailboxId, [spot], id);
    await sql.query(
      `update identity set epoch = $3, uid = $4, size = $5, closed_at = null,
         state = case when state in ('closed', 'bad') then 'stored' else state end
       where tenant_id = $1::uuid and id = $2`,
      [scope.tenantId, id, spot.epoch, spot.uid, spot.size],
    );
  });

/** Ends what stood in these spots: another mail is there now, or the one that was bad or left out is collected. */
export async function vacate(sql: Sql, tenantId: string, mailboxId: string, spots: Spot[], except = 0): Promise<void> {
  await sql.query(
    `update identity i set state = 'closed', closed_at = now()
     from unnest($3::text[], $4::text[]) as s (epoch, uid)
     where i.tenant_id = $1::uuid and i.mailbox_id = $2::uuid and i.epoch = s.epoch and i.uid = s.uid
       and i.state <> 'closed' and i.id <> $5`,
    [tenantId, mailboxId, spots.map((spot) => spot.epoch), spots.map((spot) => spot.uid), except],
  );
}

export interface Stored extends Spot {
  headerHash: string;
  canonicalHash: string;
  mailId: string;
  receivedAt: Date | null;
  session: string;
}

/** In intake's transaction: identity and queue row become true together. Returns the ids in order of the rows. */
export async function insertStored(sql: Sql, tenantId: string, mailboxId: string, rows: Stored[]): Promise<number[]> {
  await vacate(sql, tenantId, mailboxId, rows);
  const inserted = await sql.query<{ id: number; mail_id: string }>(
    `insert into identity (tenant_id, mailbox_id, epoch, uid, size, header_hash, canonical_hash, state, mail_id,
       received_at, session)
     select $1::uuid, $2::uuid, r.epoch, r.uid, r.size, decode(r.header, 'hex'), decode(r.canonical, 'hex'), 'stored',
       r.mail, r.received, r.session
     from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::uuid[], $9::timestamptz[], $10::uuid[])
       as r (epoch, uid, size, header, canonical, mail, received, session)
     returning id, mail_id`,
    [
      tenantId,
      mailboxId,
      rows.map((row) => row.epoch),
      rows.map((row) => row.uid),
      rows.map((row) => row.size),
      rows.map((row) => row.headerHash),
      rows.map((row) => row.canonicalHash),
      rows.map((row) => row.mailId),
      rows.map((row) => row.receivedAt),
      rows.map((row) => row.session),
    ],
  );
  const byMail = new Map(inserted.map((row) => [row.mail_id, row.id]));
  return rows.map((row) => byMail.get(row.mailId) ?? 0);
}

export interface Skipped extends Spot {
  headerHash: string | null;
  receivedAt: Date | null;
  headline: string;
}

/** What `start` left out: listed for people, never deleted, never forgotten. */
export async function insertSkipped(scope: TenantScope, mailboxId: string, rows: Skipped[]): Promise<void> {
  if (rows.length === 0) return;
  await sqlInTenant(scope, (sql) =>
    sql.query(
      `insert into identity (tenant_id, mailbox_id, epoch, uid, size, header_hash, state, received_at, headline)
       select $1::uuid, $2::uuid, r.epoch, r.uid, r.size, decode(r.header, 'hex'), 'skipped', r.received, r.headline
       from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::text[])
         as r (epoch, uid, size, header, received, headline)
       on conflict do nothing`,
      [
        scope.tenantId,
        mailboxId,
        rows.map((row) => row.epoch),
        rows.map((row) => row.uid),
        rows.map((row) => row.size),
        rows.map((row) => row.headerHash),
        rows.map((row) => row.receivedAt),
        rows.map((row) => row.headline),
      ],
    ),
  );
}

/** A mail that could not be had. `nextTryAt` is for the next session of its own. */
export const markBad = (
  scope: TenantScope,
  mailboxId: string,
  spot: Spot,
  fault: { error: string; tries: number; nextTryAt: Date },
): Promise<void> =>
  sqlInTenant(scope, async (sql) => {
    await sql.query(
      `insert into identity (tenant_id, mailbox_id, epoch, uid, size, state, tries, next_try_at, last_error)
       values ($1::uuid, $2::uuid, $3, $4, $5, 'bad', $6, $7, $8)
       on conflict (tenant_id, mailbox_id, epoch, uid) where state <> 'closed'
       do update set tries = excluded.tries, next_try_at = excluded.next_try_at, last_error = excluded.last_error,
         state = 'bad'`,
      [scope.tenantId, mailboxId, spot.epoch, spot.uid, spot.size, fault.tries, fault.nextTryAt, fault.error],
    );
  });

/** Gone at the source: deleted by us and confirmed, or missing in a complete listing. */
export async function closeIdentities(scope: TenantScope, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await sqlInTenant(scope, (sql) =>
    sql.query(
      `update identity set state = 'closed', closed_at = now()
       where tenant_id = $1::uuid and id = any ($2::bigint[]) and state <> 'closed'`,
      [scope.tenantId, ids],
    ),
  );
}

export const spotOf = (epoch: string, mail: Listed): Spot => ({ epoch, uid: mail.uid ?? "", size: mail.size });
