// Identities at the source: what a mailbox is known to hold or to have held. They outlive the mails' own rows.
// Written by identity-write.ts.
import { sqlReading, type TenantScope } from "@/domain/scope";
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
  sqlReading(scope, async (sql) => {
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
  const rows = await sqlReading(scope, (sql) =>
    sql.query<{ uid: string }>(
      `select distinct uid from identity where tenant_id = $1::uuid and mailbox_id = $2::uuid and state = 'closed'
         and epoch = $3 and uid = any ($4::text[]) and canonical_hash is not null`,
      [scope.tenantId, mailboxId, epoch, uids],
    ),
  );
  return new Set(rows.map((row) => row.uid));
}

/** Whether mail was collected or left out here that is not known to be at the source any more. */
export async function hadMail(scope: TenantScope, mailboxId: string): Promise<boolean> {
  const rows = await sqlReading(scope, (sql) =>
    sql.query(
      `select 1 from identity where tenant_id = $1::uuid and mailbox_id = $2::uuid and state = 'closed'
         and header_hash is not null limit 1`,
      [scope.tenantId, mailboxId],
    ),
  );
  return rows.length > 0;
}

/** Stored header hashes by identity, hexadecimal. */
export async function headerHashes(scope: TenantScope, ids: number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await sqlReading(scope, (sql) =>
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
  const rows = await sqlReading(scope, (sql) =>
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
  const rows = await sqlReading(scope, (sql) =>
    sql.query<{ id: number; state: string; created_at: Date }>(
      `select id, state, created_at from identity
       where tenant_id = $1::uuid and mailbox_id = $2::uuid and canonical_hash = decode($3, 'hex')
       order by state = 'closed', id`,
      [scope.tenantId, mailboxId, canonicalHash],
    ),
  );
  return rows.map((row) => ({ id: row.id, state: row.state, createdAt: row.created_at }));
}

export const spotOf = (epoch: string, mail: Listed): Spot => ({ epoch, uid: mail.uid ?? "", size: mail.size });
