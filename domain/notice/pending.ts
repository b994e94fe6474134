// What is still to be told, whose turn it is, and the items of one notice. The first looks across tenants and takes `db`.
import type { Sql } from "@/domain/scope";
import type { Db } from "@/lib/db";
import type { NoticeItem } from "./compose";
import type { Pace } from "./pace";
import type { NoticeKind } from "./wanted";

export interface PendingKind {
  tenantId: string;
  kind: NoticeKind;
  oldest: Date;
  pace: Pace | null;
  /** by the database's clock, like everything that is compared with it */
  now: Date;
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
    now: Date;
  }>(
    `with recursive pair as (
       (select tenant_id, kind, created_at from notice where state = 'pending'
        order by tenant_id, kind, created_at limit 1)
       union all
       select n.tenant_id, n.kind, n.created_at from pair p cross join lateral (
         select tenant_id, kind, created_at from notice
         where state = 'pending' and (tenant_id, kind) > (p.tenant_id, p.kind)
         order by tenant_id, kind, created_at limit 1) n)
     select p.*, c.step, c.last_at, c.next_at, now() as now from pair p
     join tenant t on t.id = p.tenant_id and t.site = any ($1)
     left join notice_pace c on c.tenant_id = p.tenant_id and c.kind = p.kind`,
    [sites],
  );
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    kind: row.kind,
    oldest: row.created_at,
    pace: row.step === null ? null : { step: row.step, lastAt: row.last_at, nextAt: row.next_at },
    now: row.now,
  }));
}

/** Takes this tenant's and kind's turn until the transaction ends; null when another worker has it. */
export async function lockPace(
  sql: Sql,
  tenantId: string,
  kind: NoticeKind,
): Promise<{ pace: Pace; now: Date } | null> {
  await sql.query("insert into notice_pace (tenant_id, kind) values ($1::uuid, $2) on conflict do nothing", [
    tenantId,
    kind,
  ]);
  const [row] = await sql.query<{ step: number; last_at: Date | null; next_at: Date | null; now: Date }>(
    `select step, last_at, next_at, now() as now from notice_pace
     where tenant_id = $1::uuid and kind = $2 for update skip locked`,
    [tenantId, kind],
  );
  return row ? { pace: { step: row.step, lastAt: row.last_at, nextAt: row.next_at }, now: row.now } : null;
}

export async function savePace(sql: Sql, tenantId: string, kind: NoticeKind, pace: Pace): Promise<void> {
  await sql.query(
    "update notice_pace set step = $3, last_at = $4, next_at = $5 where tenant_id = $1::uuid and kind = $2",
    [tenantId, kind, pace.step, pace.lastAt, pace.nextAt],
  );
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
