// How far a mailbox's first collecting is: what was there, what of it is here, and what Exchange has said to it.
import { inTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";

export interface Collected {
  /** collected from it; this and the others are found among the tenant's newest mails */
  total: number;
  waiting: number;
  delivered: number;
  held: number;
  badmail: number;
  /** the tenant has more mails than were looked through: there may be more of this mailbox */
  more: boolean;
  /** the first that Exchange accepted; null also where an older one may have been the first */
  first: { id: string; subject: string; at: Date } | null;
  /** how many its newest test counted there; null: none did */
  there: number | null;
}

/** So many of the tenant's newest mails are looked through: a page that is open asks every second. */
export const newestMails = 20_000;

export const collectedFrom = (scope: TenantScope, mailboxId: string, newest = newestMails): Promise<Collected> =>
  inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    const [counts] = await sql.query<Omit<Collected, "there">>(
      `with newest as materialized (
         select id, seq, mailbox_id, kind, place, settled_at from mail where tenant_id = $1::uuid order by seq desc limit $3),
       mine as (select * from newest where mailbox_id = $2::uuid and kind = 'collected')
       select count(*)::int as total, count(*) filter (where place = 'waiting')::int as waiting,
         count(*) filter (where place = 'delivered')::int as delivered, count(*) filter (where place = 'held')::int as held,
         count(*) filter (where place = 'badmail')::int as badmail, (select count(*) from newest) >= $3 as more
       from mine`,
      [scope.tenantId, mailboxId, newest],
    );
    if (!counts) throw new Error("a count without a row");
    const [first] = counts.more
      ? []
      : await sql.query<NonNullable<Collected["first"]>>(
          `select id, subject, settled_at as at from (
             select id, subject, settled_at, mailbox_id, kind, place from mail where tenant_id = $1::uuid
             order by seq desc limit $3) m
           where mailbox_id = $2::uuid and kind = 'collected' and place = 'delivered' order by settled_at limit 1`,
          [scope.tenantId, mailboxId, newest],
        );
    const [looked] = await sql.query<{ there: number }>(
      `select (verdict -> 'facts' ->> 'count')::int as there from probe
       where tenant_id = $1::uuid and kind = 'mailbox' and state = 'done' and verdict -> 'facts' ? 'count'
         and (subject_id = $2::uuid or subject_id is null and input -> 'settings' ->> 'username' =
           (select username from mailbox where tenant_id = $1::uuid and id = $2::uuid))
       order by requested_at desc limit 1`,
      [scope.tenantId, mailboxId],
    );
    return { ...counts, first: first ?? null, there: looked?.there ?? null };
  });
