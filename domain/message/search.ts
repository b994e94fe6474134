// The list of messages: every state as a filter, search by people, subject and Message-ID, page by page by key, so that
// mail that arrives meanwhile shifts nothing.
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import { type Place, places } from "./place";
import { type MailFilter, mailConditions } from "./search-conditions";

export { type ListState, listStates, type MailFilter } from "./search-conditions";

export interface MailRow {
  id: string;
  seq: number;
  kind: "collected" | "notice" | "test" | "copy";
  place: Place;
  state: string;
  reasonKind: string | null;
  reason: string | null;
  sender: string;
  from: string;
  subject: string;
  size: number;
  collectedAt: Date;
  attempts: number;
  nextAttemptAt: Date | null;
  possibleCopies: number;
  /** the first ones; those that were asked for lead */
  recipients: string[];
  recipientCount: number;
  /** every place that a recipient is in: a server can take one and refuse another */
  places: Place[];
  /** the server's last words, about the recipients in the state that was asked for where there is one */
  lastCode: number | null;
  lastWords: string | null;
  mailbox: string | null;
}

export async function searchMails(scope: TenantScope, filter: MailFilter, zone: string, limit = 50) {
  const values: unknown[] = [scope.tenantId];
  const param = (value: unknown) => `$${values.push(value)}`;
  const { where, asked } = mailConditions(filter, zone, param);
  // What was asked for, else the place that the mail itself is in.
  const wanted = `coalesce(nullif(${param(places.find((place) => place === filter.state) ?? "")}, ''), m.place)`;
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<MailRow>(
      `select m.id, m.seq::float8 as seq, m.kind, m.place, m.state,
         coalesce(r.reason_kind, m.reason_kind) as "reasonKind", left(coalesce(r.reason, m.reason), 500) as reason, m.sender,
         m.header_from as "from", m.subject, m.size::float8 as size, m.collected_at as "collectedAt", m.attempts,
         m.next_attempt_at as "nextAttemptAt", m.possible_copies as "possibleCopies",
         coalesce(r.addresses[1:3], '{}') as recipients, coalesce(cardinality(r.addresses), 0) as "recipientCount",
         coalesce(r.places, array[m.place]) as places, coalesce(r.code, a.reply_code) as "lastCode",
         coalesce(r.words, a.words) as "lastWords", b.name as mailbox
       from mail m
       left join mailbox b on b.tenant_id = m.tenant_id and b.id = m.mailbox_id
       left join lateral (
         select array_agg(x.address order by ${asked("x.address")}, x.address) as addresses,
           array_agg(distinct x.place) as places,
           (array_agg(x.reason_kind order by x.place = ${wanted} desc, x.decided_at desc nulls last)
             filter (where x.reason_kind is not null))[1] as reason_kind,
           (array_agg(x.reason order by x.place = ${wanted} desc, x.decided_at desc nulls last)
             filter (where x.reason is not null))[1] as reason,
           (array_agg(x.reply_code order by x.place = ${wanted} desc, x.decided_at desc nulls last)
             filter (where x.reply_text is not null))[1] as code,
           (array_agg(left(x.reply_text, 300) order by x.place = ${wanted} desc, x.decided_at desc nulls last)
             filter (where x.reply_text is not null))[1] as words
         from recipient x where x.tenant_id = m.tenant_id and x.mail_id = m.id) r on true
       left join lateral (
         select y.reply_code, left(y.reply_text, 300) as words from attempt y
         where y.tenant_id = m.tenant_id and y.mail_id = m.id and y.ended_at is not null
         order by y.number desc limit 1) a on true
       where m.tenant_id = $1::uuid and ${where.join(" and ")}
       order by m.seq desc limit ${param(limit + 1)}`,
      values,
    ),
  );
  const shown = rows.slice(0, limit);
  return { rows: shown, older: rows.length > limit ? (shown.at(-1)?.seq ?? null) : null };
}

export interface NothingFound {
  lastPollAt: Date | null;
  mailboxes: number;
  /** the newest mail that was collected */
  newestAt: Date | null;
  /** notices, tests and copies that would fit */
  hidden: number;
}

/** What an empty list can still say: when mailboxes were looked into, and what the ticks hide. */
export async function nothingFound(scope: TenantScope, filter: MailFilter, zone: string): Promise<NothingFound> {
  const values: unknown[] = [scope.tenantId];
  const { where } = mailConditions(
    { ...filter, all: true, before: undefined },
    zone,
    (value) => `$${values.push(value)}`,
  );
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<Omit<NothingFound, "hidden"> & { hidden: number }>(
      `select (select max(s.last_poll_at) from mailbox_state s where s.tenant_id = $1::uuid) as "lastPollAt",
         (select count(*)::int from mailbox b where b.tenant_id = $1::uuid) as mailboxes,
         (select m.collected_at from mail m where m.tenant_id = $1::uuid and m.kind = 'collected'
          order by m.seq desc limit 1) as "newestAt",
         (select count(*)::int from (select 1 from mail m where m.tenant_id = $1::uuid and ${where.join(" and ")}
          limit 100) found) as hidden`,
      values,
    ),
  );
  return row ?? { lastPollAt: null, mailboxes: 0, newestAt: null, hidden: 0 };
}
