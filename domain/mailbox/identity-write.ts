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

/**
 * Identities that a listing lacks, before they are closed: a new mail may be one of them. Their names are free from now on, so
 * that another mail that gets one is seen as new. One that comes back is known by its bytes.
 */
export const freeNames = (scope: TenantScope, claimed: ClaimedMailbox, epoch: string, ids: number[]): Promise<void> =>
  ids.length === 0
    ? Promise.resolve()
    : sqlInTenant(scope, async (sql) => {
        await holdClaim(sql, claimed);
        await sql.query(
          `update identity set epoch = 'was:' || id || ':' || epoch
           where tenant_id = $1::uuid and id = any ($2) and epoch = $3 and state = 'stored'`,
          [scope.tenantId, ids, epoch],
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

/**
 * What `start` left out: listed for people, never deleted, never forgotten. One that was left out before, under another
 * name or before it vanished for a while, gets its own row back. `used` are identities of other listed mails. Returns the
 * identities that stand for these mails now.
 */
export async function leaveOut(
  scope: TenantScope,
  claimed: ClaimedMailbox,
  rows: Skipped[],
  used: number[],
): Promise<number[]> {
  if (rows.length === 0) return [];
  return sqlInTenant(scope, async (sql) => {
    await holdClaim(sql, claimed);
    const found = await sql.query<{ id: number }>(leftOut, [
      scope.tenantId,
      claimed.mailboxId,
      rows.map((row) => row.epoch),
      rows.map((row) => row.uid),
      rows.map((row) => row.size),
      rows.map((row) => row.headerHash),
      rows.map((row) => row.receivedAt),
      rows.map((row) => row.headline),
      used,
    ]);
    return found.map(({ id }) => id);
  });
}

/** A person's wish to collect it moves along, but not from a row that was closed: that wish may be fulfilled. */
const leftOut = `
  with given as (
    select r.*, decode(r.hex, 'hex') as header, row_number() over (partition by r.hex order by r.n) as turn
    from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::text[]) with ordinality
      as r (epoch, uid, size, hex, received, headline, n)),
  before as (
    select i.id, i.header_hash, row_number() over (partition by i.header_hash order by i.state = 'closed', i.id) as turn
    from identity i where i.tenant_id = $1::uuid and i.mailbox_id = $2::uuid and i.canonical_hash is null
      and i.header_hash in (select g.header from given g) and i.state in ('skipped', 'closed')
      and i.id <> all ($9::bigint[])),
  moved as (
    update identity i set epoch = g.epoch, uid = g.uid, size = g.size, state = 'skipped', closed_at = null,
      wanted_at = case when i.state = 'skipped' then i.wanted_at end
    from given g join before b on b.header_hash = g.header and b.turn = g.turn
    where i.tenant_id = $1::uuid and i.id = b.id and not exists (
      select 1 from identity o where o.tenant_id = $1::uuid and o.mailbox_id = $2::uuid and o.epoch = g.epoch
        and o.uid = g.uid and o.state <> 'closed' and o.id <> i.id)
    returning i.id, g.n),
  made as (
    insert into identity (tenant_id, mailbox_id, epoch, uid, size, header_hash, state, received_at, headline)
    select $1::uuid, $2::uuid, g.epoch, g.uid, g.size, g.header, 'skipped', g.received, g.headline
    from given g where g.n not in (select m.n from moved m)
    on conflict (tenant_id, mailbox_id, epoch, uid) where state <> 'closed'
    do update set size = excluded.size, header_hash = excluded.header_hash, received_at = excluded.received_at,
      headline = excluded.headline where identity.state = 'skipped'
    returning id)
  select id from moved union all select id from made`;

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
export async function closeIdentities(scope: TenantScope, claimed: ClaimedMailbox, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await sqlInTenant(scope, async (sql) => {
    // Another session that has the mailbox by now may be comparing with them.
    await holdClaim(sql, claimed);
    // With the name that it had (see freeNames): seen again under it, it is compared before it counts as new.
    await sql.query(
      `update identity set state = 'closed', closed_at = now(),
         epoch = case when starts_with(epoch, 'was:' || id || ':') then substr(epoch, length('was:' || id || ':') + 1)
           else epoch end
       where tenant_id = $1::uuid and id = any ($2::bigint[]) and state <> 'closed'`,
      [scope.tenantId, ids],
    );
  });
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
