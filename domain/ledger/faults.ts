// Bodies that were found wrong, as long as a mail that isn't delivered yet needs them. Mail and body are never touched here.
import type { StoredBody } from "@/domain/message/body-proof";
import { type Sql, sqlOf, type TenantScope } from "@/domain/scope";
import type { Checked, Wrong } from "./bytes";

/** Mail that still needs its bytes. */
export const undelivered = ["waiting", "held", "badmail"] as const;

export interface WrongMail {
  mailId: string;
  subject: string;
  place: (typeof undelivered)[number];
  why: Wrong;
  /** how many bytes are there, and how many should be */
  octets: number;
  size: number;
}

/** Written only while some mail needs it: what was delivered and erased while it was read is no fault. */
export async function noteFault(scope: TenantScope, bodyId: string, checked: Checked, now: Date): Promise<void> {
  await sqlOf(scope.db.pool).query(
    `insert into body_fault (tenant_id, body_id, why, octets, found_at, checked_at)
     select b.tenant_id, b.id, $3::text, $4::bigint, $5::timestamptz, $5::timestamptz from body b
     where b.tenant_id = $1::uuid and b.id = $2::uuid
       and exists (select 1 from mail m where m.tenant_id = $1::uuid and m.body_id = b.id and m.place = any ($6::text[]))
     for key share of b
     on conflict (tenant_id, body_id) do update set why = excluded.why, octets = excluded.octets, checked_at = excluded.checked_at`,
    [scope.tenantId, bodyId, checked.wrong, checked.octets, now, undelivered],
  );
}

export async function clearFault(scope: TenantScope, bodyId: string): Promise<void> {
  await sqlOf(scope.db.pool).query("delete from body_fault where tenant_id = $1::uuid and body_id = $2::uuid", [
    scope.tenantId,
    bodyId,
  ]);
}

/** No mail needs them any more: delivered meanwhile, or a person decided. */
export async function dropFaults(scope: TenantScope): Promise<void> {
  await sqlOf(scope.db.pool).query(
    `delete from body_fault f where f.tenant_id = $1::uuid and not exists (select 1 from mail m
       where m.tenant_id = $1::uuid and m.body_id = f.body_id and m.place = any ($2::text[]))`,
    [scope.tenantId, undelivered],
  );
}

/** The ones that were looked at longest ago: they are looked at again before anything else. */
export const knownFaults = (scope: TenantScope, limit: number): Promise<StoredBody[]> =>
  sqlOf(scope.db.pool).query<StoredBody & Record<string, unknown>>(
    `select b.id as "bodyId", b.prefix_length as "prefixLength", b.canonical_hash as "canonicalHash"
     from body_fault f join body b on b.tenant_id = f.tenant_id and b.id = f.body_id
     where f.tenant_id = $1::uuid order by f.checked_at, f.body_id limit $2`,
    [scope.tenantId, limit],
  );

/** The mails behind them, the oldest first. */
export const wrongMails = (sql: Sql, tenantId: string, limit: number): Promise<WrongMail[]> =>
  sql.query<WrongMail & Record<string, unknown>>(
    `select m.id as "mailId", m.subject, m.place, f.why, f.octets::float8 as octets, b.size::float8 as size
     from body_fault f join body b on b.tenant_id = f.tenant_id and b.id = f.body_id
     join mail m on m.tenant_id = f.tenant_id and m.body_id = f.body_id and m.place = any ($3::text[])
     where f.tenant_id = $1::uuid order by m.seq limit $2`,
    [tenantId, limit, undelivered],
  );

/** How many mails each tenant has with such a body. */
export async function faultCounts(sql: Sql, tenantIds: string[]): Promise<Map<string, number>> {
  const rows = await sql.query<{ tenant_id: string; n: number }>(
    `select f.tenant_id, count(*)::int as n from body_fault f
     join mail m on m.tenant_id = f.tenant_id and m.body_id = f.body_id and m.place = any ($2::text[])
     where f.tenant_id = any ($1::uuid[]) group by f.tenant_id`,
    [tenantIds, undelivered],
  );
  return new Map(rows.map(({ tenant_id, n }) => [tenant_id, n]));
}

/** How many bodies undelivered mail needs. */
export async function bodiesWaiting(scope: TenantScope): Promise<number> {
  const [row] = await sqlOf(scope.db.pool).query<{ n: number }>(
    "select count(distinct body_id)::int as n from mail where tenant_id = $1::uuid and place = any ($2::text[])",
    [scope.tenantId, undelivered],
  );
  return row?.n ?? 0;
}
