// The list of messages: every state as a filter, search by people, subject and Message-ID, page by page by key, so that
// mail that arrives meanwhile shifts nothing.
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import { type Place, places } from "./place";

export const listStates = [...places, "uncertain", "duplicate"] as const;
export type ListState = (typeof listStates)[number];

export interface MailFilter {
  state?: ListState | undefined;
  /** a cause of held or BADMAIL mail */
  reason?: string | undefined;
  /** part of sender, recipient or subject, or a whole Message-ID */
  text?: string | undefined;
  /** days in the tenant's zone, both included, as 2026-11-24 */
  from?: string | undefined;
  until?: string | undefined;
  /** notices, tests and copies too */
  all?: boolean | undefined;
  /** older than this number */
  before?: number | undefined;
}

export interface MailRow {
  id: string;
  seq: number;
  kind: "collected" | "notice" | "test" | "copy";
  place: Place;
  state: string;
  reasonKind: string | null;
  sender: string;
  from: string;
  subject: string;
  size: number;
  collectedAt: Date;
  attempts: number;
  nextAttemptAt: Date | null;
  possibleCopies: number;
  /** the first ones */
  recipients: string[];
  recipientCount: number;
  /** the server's last words about any of its recipients */
  lastWords: string | null;
  mailbox: string | null;
}

export async function searchMails(scope: TenantScope, filter: MailFilter, zone: string, limit = 50) {
  const values: unknown[] = [scope.tenantId];
  const param = (value: unknown) => `$${values.push(value)}`;
  const where = ["m.tenant_id = $1::uuid", ...conditions(filter, zone, param)];
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<MailRow>(
      `select m.id, m.seq::float8 as seq, m.kind, m.place, m.state,
         coalesce(m.reason_kind, r.reason_kind) as "reasonKind", m.sender, m.header_from as "from", m.subject,
         m.size::float8 as size, m.collected_at as "collectedAt", m.attempts, m.next_attempt_at as "nextAttemptAt",
         m.possible_copies as "possibleCopies", coalesce(r.addresses[1:3], '{}') as recipients,
         coalesce(cardinality(r.addresses), 0) as "recipientCount", r.words as "lastWords", b.name as mailbox
       from mail m
       left join mailbox b on b.tenant_id = m.tenant_id and b.id = m.mailbox_id
       left join lateral (
         select array_agg(x.address order by x.address) as addresses, max(x.reason_kind) as reason_kind,
           max(left(x.reply_text, 500)) as words
         from recipient x where x.tenant_id = m.tenant_id and x.mail_id = m.id) r on true
       where ${where.join(" and ")} order by m.seq desc limit ${param(limit + 1)}`,
      values,
    ),
  );
  const shown = rows.slice(0, limit);
  return { rows: shown, older: rows.length > limit ? (shown.at(-1)?.seq ?? null) : null };
}

const like = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
const day = /^\d{4}-\d{2}-\d{2}$/;
const realDay = (text: string | undefined): text is string =>
  text !== undefined && day.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

function conditions(filter: MailFilter, zone: string, param: (value: unknown) => string): string[] {
  const found: string[] = [];
  if (!filter.all) found.push("m.kind = 'collected'");
  if (filter.before) found.push(`m.seq < ${param(filter.before)}`);
  if (filter.state) found.push(inState(filter.state, param));
  if (filter.reason) {
    const kind = param(filter.reason);
    found.push(`(m.reason_kind = ${kind} or exists (select 1 from recipient r where r.tenant_id = m.tenant_id
      and r.mail_id = m.id and r.reason_kind = ${kind}))`);
  }
  // A day begins and ends in the tenant's zone, also where a clock change makes it 23 or 25 hours long.
  if (realDay(filter.from))
    found.push(`m.collected_at >= ${param(filter.from)}::date::timestamp at time zone ${param(zone)}`);
  if (realDay(filter.until))
    found.push(`m.collected_at < (${param(filter.until)}::date + 1)::timestamp at time zone ${param(zone)}`);
  const text = filter.text?.replaceAll("\0", "").trim().slice(0, 300);
  if (text) {
    const part = param(like(text));
    found.push(`(m.sender ilike ${part} or m.header_from ilike ${part} or m.subject ilike ${part}
      or m.message_id = ${param(text)} or exists (select 1 from recipient r where r.tenant_id = m.tenant_id
        and r.mail_id = m.id and (r.address ilike ${part} or r.original ilike ${part})))`);
  }
  return found;
}

function inState(state: ListState, param: (value: unknown) => string): string {
  if (state === "uncertain") return "m.state = 'uncertain'";
  if (state === "duplicate") return "m.possible_copies > 0";
  const place = param(state);
  // A mail that waits for one recipient may be in BADMAIL for another: both lists have it.
  return `(m.place = ${place} or exists (select 1 from recipient r where r.tenant_id = m.tenant_id and r.mail_id = m.id
    and r.place = ${place} and r.place in ('held', 'badmail')))`;
}
