// Notices on their way: whom they go to, how they enter the tenant's queue, and what became of them.
import { settingsOfRow } from "@/domain/exchange/store-row";
import { type LaneRef, setLaneDue } from "@/domain/lane/store";
import { storeBody } from "@/domain/message/body";
import type { Sql } from "@/domain/scope";
import type { Db } from "@/lib/db";
import type { NoticeKind, NotifyBoxes } from "./wanted";

export interface NoticeTarget {
  exchangeId: string;
  postmaster: string;
  host: string;
  boxes: NotifyBoxes;
  tenantName: string;
  tenantSlug: string;
  timeZone: string;
  contact: string;
}

/** Where a tenant's notices go; null while it has no server. */
export async function noticeTarget(db: Db, tenantId: string): Promise<NoticeTarget | null> {
  const [tenant, row] = await Promise.all([
    db.prisma.tenant.findUnique({ where: { id: tenantId } }),
    db.prisma.exchange.findFirst({ where: { tenantId } }),
  ]);
  if (!tenant || !row) return null;
  const { postmaster, host, notify } = settingsOfRow(row, false);
  const { name: tenantName, slug: tenantSlug, timeZone, contact } = tenant;
  return { exchangeId: row.id, postmaster, host, boxes: notify, tenantName, tenantSlug, timeZone, contact };
}

/** Header blocks of these mails as stored, each bounded; erased bodies are left out. */
export async function headersOf(sql: Sql, tenantId: string, mailIds: string[]) {
  return sql.query<{ id: string; header: Buffer }>(
    `select m.id, substring(c.data from 1 for least(b.header_length, 16384)) as header
     from mail m
     join body b on b.tenant_id = m.tenant_id and b.id = m.body_id and b.erased_at is null
     join body_chunk c on c.tenant_id = m.tenant_id and c.body_id = b.id and c.n = 0
     where m.tenant_id = $1::uuid and m.id = any ($2::uuid[])`,
    [tenantId, mailIds],
  );
}

export interface QueuedNotice extends LaneRef {
  mailId: string;
  /** the postmaster, and who else is told of this kind */
  receivers: string[];
  from: string;
  subject: string;
  messageId: string;
  bytes: Buffer;
  noticeIds: string[];
}

/** The notice becomes a mail in the tenant's queue, with a null sender, and its events are marked: all in this transaction. */
export async function queueNotice(sql: Sql, notice: QueuedNotice, now: Date): Promise<void> {
  const { tenantId, exchangeId, mailId, bytes } = notice;
  const bodyId = await storeBody(sql, tenantId, bytes);
  await sql.query(
    `insert into mail (tenant_id, id, kind, exchange_id, body_id, sender, header_from, header_to, subject, message_id,
       own_message_id, header_date, size, state, next_attempt_at)
     values ($1::uuid, $2::uuid, 'notice', $3::uuid, $4::uuid, '', $5, $6, $7, $8, true, $9, $10, 'ready', now())`,
    [
      tenantId,
      mailId,
      exchangeId,
      bodyId,
      notice.from,
      notice.receivers.join(", ").slice(0, 900),
      notice.subject,
      notice.messageId,
      now,
      bytes.length,
    ],
  );
  await sql.query(
    `insert into recipient (tenant_id, mail_id, address, original, via)
     select $1::uuid, $2::uuid, one, one, 'notice' from unnest($3::text[]) one`,
    [tenantId, mailId, notice.receivers],
  );
  await sql.query(
    "update notice set state = 'queued', sent_mail_id = $2::uuid where tenant_id = $1::uuid and id = any ($3::uuid[])",
    [tenantId, mailId, notice.noticeIds],
  );
  await setLaneDue(sql, { tenantId, exchangeId });
}

/** Nobody wants these (the box was unticked, or they are about a mail of our own): what happened stays on its page. */
export async function dropPending(sql: Sql, tenantId: string, kind: NoticeKind, before: Date): Promise<void> {
  await sql.query(
    "delete from notice where tenant_id = $1::uuid and kind = $2 and state = 'pending' and created_at <= $3",
    [tenantId, kind, before],
  );
}

/** Follows what became of notices on their way: told, or failed. Returns the tenants whose notice failed. */
export async function settleNotices(db: Db): Promise<{ tenantId: string; reply: string }[]> {
  await db.pool.query(
    `update notice n set state = 'told' from mail m
     where n.state = 'queued' and m.tenant_id = n.tenant_id and m.id = n.sent_mail_id and m.place = 'delivered'`,
  );
  const { rows } = await db.pool.query<{ tenant_id: string; reply: string | null }>(
    `with failed as (
       update notice n set state = 'failed' from mail m
       where n.state = 'queued' and m.tenant_id = n.tenant_id and m.id = n.sent_mail_id
         and m.state = 'settled' and m.place in ('badmail', 'held', 'expired', 'deleted', 'discarded')
       returning n.tenant_id, n.sent_mail_id)
     select f.tenant_id, max(coalesce(r.reply_text, r.reason, '')) as reply from failed f
     left join recipient r on r.tenant_id = f.tenant_id and r.mail_id = f.sent_mail_id
     group by f.tenant_id`,
  );
  return rows.map((row) => ({ tenantId: row.tenant_id, reply: row.reply ?? "" }));
}
