// Pending notices and what became of those that were sent. Claims look across tenants and take `db`.
import { settingsOfRow } from "@/domain/exchange/store-row";
import { type LaneRef, setLaneDue } from "@/domain/lane/store";
import { storeBody } from "@/domain/message/body";
import type { Sql } from "@/domain/scope";
import type { Db } from "@/lib/db";
import type { NoticeItem } from "./compose";
import type { Pace } from "./pace";
import type { NoticeKind, NotifyBoxes } from "./wanted";

export interface PendingKind {
  tenantId: string;
  kind: NoticeKind;
  oldest: Date;
  pace: Pace | null;
}

/** Every tenant and kind with something to tell, without reading all of it: one index step per pair. */
export async function pendingKinds(db: Db, sites: string[]): Promise<PendingKind[]> {
  const { rows } = await db.pool.query<{
    tenant_id: string;
    kind: NoticeKind;
    created_at: Date;
    step: number | null;
    last_at: Date | null;
    next_at: Date | null;
  }>(
    `with recursive pair as (
       (select tenant_id, kind, created_at from notice where state = 'pending'
        order by tenant_id, kind, created_at limit 1)
       union all
       select n.tenant_id, n.kind, n.created_at from pair p cross join lateral (
         select tenant_id, kind, created_at from notice
         where state = 'pending' and (tenant_id, kind) > (p.tenant_id, p.kind)
         order by tenant_id, kind, created_at limit 1) n)
     select p.*, c.step, c.last_at, c.next_at from pair p
     join tenant t on t.id = p.tenant_id and t.site = any ($1)
     left join notice_pace c on c.tenant_id = p.tenant_id and c.kind = p.kind`,
    [sites],
  );
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    kind: row.kind,
    oldest: row.created_at,
    pace: row.step === null ? null : { step: row.step, lastAt: row.last_at, nextAt: row.next_at },
  }));
}

/** Takes this tenant's and kind's turn until the transaction ends; null when another worker has it. */
export async function lockPace(sql: Sql, tenantId: string, kind: NoticeKind): Promise<Pace | null> {
  await sql.query("insert into notice_pace (tenant_id, kind) values ($1::uuid, $2) on conflict do nothing", [
    tenantId,
    kind,
  ]);
  const [row] = await sql.query<{ step: number; last_at: Date | null; next_at: Date | null }>(
    "select step, last_at, next_at from notice_pace where tenant_id = $1::uuid and kind = $2 for update skip locked",
    [tenantId, kind],
  );
  return row ? { step: row.step, lastAt: row.last_at, nextAt: row.next_at } : null;
}

export async function savePace(sql: Sql, tenantId: string, kind: NoticeKind, pace: Pace): Promise<void> {
  await sql.query(
    "update notice_pace set step = $3, last_at = $4, next_at = $5 where tenant_id = $1::uuid and kind = $2",
    [tenantId, kind, pace.step, pace.lastAt, pace.nextAt],
  );
}

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

export interface TakenNotice extends NoticeItem {
  id: string;
}

/** More than this in one mail would be told as a number only; the rest goes with the next one. */
const mostInOne = 20_000;

/** Pending notices of a kind, oldest first, with what is known of their mails. Caller holds the pace's lock. */
export async function pendingNotices(sql: Sql, tenantId: string, kind: NoticeKind): Promise<TakenNotice[]> {
  const rows = await sql.query<NoticeRow>(
    `select n.id, n.cause, n.created_at, n.facts, n.mail_id, b.name as mailbox,
       m.sender, m.subject, m.kind as mail_kind, coalesce(m.received_at, m.collected_at) as mail_at,
       (select string_agg(r.address, ', ') from (select address from recipient
          where tenant_id = $1::uuid and mail_id = n.mail_id limit 5) r) as addresses
     from notice n
     left join mail m on m.tenant_id = n.tenant_id and m.id = n.mail_id
     left join mailbox b on b.tenant_id = n.tenant_id and b.id = coalesce(n.mailbox_id, m.mailbox_id)
     where n.tenant_id = $1::uuid and n.kind = $2 and n.state = 'pending'
     order by n.created_at, n.id limit $3`,
    [tenantId, kind, mostInOne],
  );
  // A notice that fails never makes another notice: one about a mail of our own is not told.
  return rows
    .filter((row) => row.mail_kind === null || row.mail_kind === "collected" || row.mail_kind === "copy")
    .map(itemOf);
}

interface NoticeRow {
  id: string;
  cause: string;
  created_at: Date;
  facts: Record<string, unknown>;
  mail_id: string | null;
  mailbox: string | null;
  sender: string | null;
  subject: string | null;
  mail_kind: string | null;
  mail_at: Date | null;
  addresses: string | null;
}

function itemOf(row: NoticeRow): TakenNotice {
  const text = (...keys: string[]) =>
    keys.map((key) => row.facts[key]).find((value): value is string => typeof value === "string" && value !== "") ?? "";
  const count = row.facts.count;
  const deleteAfter = text("deleteAfter");
  return {
    id: row.id,
    cause: row.cause,
    at: row.created_at,
    recipient: text("recipient", "address") || (row.addresses ?? ""),
    sender: text("sender") || (row.sender ?? ""),
    subject: text("subject") || (row.subject ?? ""),
    mailAt: row.mail_at,
    reply: text("reply") || replyOf(row.facts),
    meaning: collectingWords[row.cause] ?? text("meaning", "reason"),
    detail: text("error"),
    remedy: text("remedy"),
    mailbox: text("mailbox") || (row.mailbox ?? ""),
    mailId: row.mail_id,
    count: typeof count === "number" ? count : null,
    deleteAfter: deleteAfter ? new Date(deleteAfter) : null,
  };
}

const replyOf = ({ code, text }: Record<string, unknown>): string =>
  [code, text].filter((part) => typeof part === "number" || typeof part === "string").join(" ");

/** Causes that the mailbox's room writes; what exactly is wrong stands beside each mailbox. */
const collectingWords: Record<string, string> = {
  "collecting-stopped": "Mail is not being collected.",
  "collecting-again": "Mail is being collected again.",
};

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
  postmaster: string;
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
      notice.postmaster,
      notice.subject,
      notice.messageId,
      now,
      bytes.length,
    ],
  );
  await sql.query(
    "insert into recipient (tenant_id, mail_id, address, original, via) values ($1::uuid, $2::uuid, $3, $3, 'notice')",
    [tenantId, mailId, notice.postmaster],
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
