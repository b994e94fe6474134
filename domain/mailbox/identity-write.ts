// Identities at the source, written: stored, left out, bad, moved, closed. One open identity per spot.
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import { type ClaimedMailbox, holdClaim } from "./claim";
import type { Spot } from "./identity";

/** A known mail in a new spot: its identity moves there, and it is not delivered again. */
export const moveIdentity = (scope: TenantScope, claimed: ClaimedMailbox, id: number, spot: Spot): Promise<void> =>
  sqlInTenant(scope, async (sql) => {
    await holdClaim(sql, claimed);
    await vacate(sql, scope.tenantId, claimed.mailboxId, [spot], id);
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
export async function insertSkipped(scope: TenantScope, claimed: ClaimedMailbox, rows: Skipped[]): Promise<void> {
  if (rows.length === 0) return;
  await sqlInTenant(scope, async (sql) => {
    await holdClaim(sql, claimed);
    await sql.query(
      `insert into identity (tenant_id, mailbox_id, epoch, uid, size, header_hash, state, received_at, headline)
       select $1::uuid, $2::uuid, r.epoch, r.uid, r.size, decode(r.header, 'hex'), 'skipped', r.received, r.headline
       from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::text[])
         as r (epoch, uid, size, header, received, headline)
       on conflict do nothing`,
      [
        scope.tenantId,
        claimed.mailboxId,
        rows.map((row) => row.epoch),
        rows.map((row) => row.uid),
        rows.map((row) => row.size),
        rows.map((row) => row.headerHash),
        rows.map((row) => row.receivedAt),
        rows.map((row) => row.headline),
      ],
    );
  });
}

/** A mail that could not be had. `nextTryAt` is for the next session of its own. */
export const markBad = (
  scope: TenantScope,
  claimed: ClaimedMailbox,
  spot: Spot,
  fault: { error: string; tries: number; nextTryAt: Date },
): Promise<void> =>
  sqlInTenant(scope, async (sql) => {
    await holdClaim(sql, claimed);
    await sql.query(
      `insert into identity (tenant_id, mailbox_id, epoch, uid, size, state, tries, next_try_at, last_error)
       values ($1::uuid, $2::uuid, $3, $4, $5, 'bad', $6, $7, $8)
       on conflict (tenant_id, mailbox_id, epoch, uid) where state <> 'closed'
       do update set tries = excluded.tries, next_try_at = excluded.next_try_at, last_error = excluded.last_error,
         state = 'bad'`,
      [scope.tenantId, claimed.mailboxId, spot.epoch, spot.uid, spot.size, fault.tries, fault.nextTryAt, fault.error],
    );
  });

/** Before a bad mail is tried again: if the try ends the worker, the next one is not at once. */
export const postponeBad = (scope: TenantScope, id: number, tries: number, nextTryAt: Date): Promise<void> =>
  sqlInTenant(scope, async (sql) => {
    await sql.query(
      `update identity set tries = $3, next_try_at = $4 where tenant_id = $1::uuid and id = $2 and state = 'bad'`,
      [scope.tenantId, id, tries, nextTryAt],
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

/**
 * The mailbox has another source: whatever has the same name there is another mail until its bytes say otherwise. So no
 * open identity keeps a spot that a listing there could name. `at` keeps two moves apart.
 */
export async function leavePlace(sql: Sql, scope: TenantScope, mailboxId: string, at: Date): Promise<void> {
  await sql.query(
    `update identity set epoch = $3 || epoch
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and state <> 'closed' and epoch not like 'was:%'`,
    [scope.tenantId, mailboxId, `was:${at.getTime()}:`],
  );
}
