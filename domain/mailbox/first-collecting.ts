// How far a mailbox's first collecting is: what was there, what of it is here, and what Exchange has said to it.
import { inTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";

export interface Collected {
  /** all that was ever collected from it and is still known */
  total: number;
  waiting: number;
  delivered: number;
  held: number;
  badmail: number;
  /** the first that Exchange accepted */
  first: { id: string; subject: string; at: Date } | null;
  /** how many its newest test counted there; null: none did */
  there: number | null;
}

export const collectedFrom = (scope: TenantScope, mailboxId: string): Promise<Collected> =>
  inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    const [counts] = await sql.query<Omit<Collected, "first" | "there">>(
      `select count(*)::int as total, count(*) filter (where place = 'waiting')::int as waiting,
         count(*) filter (where place = 'delivered')::int as delivered, count(*) filter (where place = 'held')::int as held,
         count(*) filter (where place = 'badmail')::int as badmail
       from mail where tenant_id = $1::uuid and mailbox_id = $2::uuid and kind = 'collected'`,
      [scope.tenantId, mailboxId],
    );
    const [first] = await sql.query<NonNullable<Collected["first"]>>(
      `select id, subject, settled_at as at from mail where tenant_id = $1::uuid and mailbox_id = $2::uuid
         and kind = 'collected' and place = 'delivered' order by settled_at limit 1`,
      [scope.tenantId, mailboxId],
    );
    const [looked] = await sql.query<{ there: number }>(
      `select (verdict -> 'facts' ->> 'count')::int as there from probe
       where tenant_id = $1::uuid and kind = 'mailbox' and state = 'done' and verdict -> 'facts' ? 'count'
         and (subject_id = $2::uuid or subject_id is null and input -> 'settings' ->> 'username' =
           (select username from mailbox where tenant_id = $1::uuid and id = $2::uuid))
       order by requested_at desc limit 1`,
      [scope.tenantId, mailboxId],
    );
    if (!counts) throw new Error("a count without a row");
    return { ...counts, first: first ?? null, there: looked?.there ?? null };
  });
