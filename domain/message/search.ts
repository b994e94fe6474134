// The list of messages: every state as a filter, search by people, subject and Message-ID, page by page by key, so that
// mail that arrives meanwhile shifts nothing. Which mails fit is found by portal_search (migrations 0180 and 0253), since row-level
// security keeps the portal's own statements from every index of words; what is shown of them is read under it.
import { rowsPerPage } from "@/domain/page-size";
import type { Sql, TenantScope } from "@/domain/scope";
import { inTime, orTooLong } from "./in-time";
import { type Place, places } from "./place";
import { askedPeople, type MailFilter, pageOf, searchAsk, searchedBackTo } from "./search-ask";

export { type ListState, listStates, type MailFilter } from "./search-ask";

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

/** Throws TooLong. `backTo`: where it ended before it had looked at all mail, how far back it looked. */
export function searchMails(scope: TenantScope, filter: MailFilter, zone: string, limit = rowsPerPage) {
  return inTenantInTime(scope, async (sql) => {
    const seqs = await fitting(sql, filter, zone, limit + 1);
    const backTo = await searchedBackTo(sql);
    return pageOf(seqs.length > 0 ? await shownRows(sql, scope.tenantId, filter, seqs) : [], limit, backTo);
  });
}

const inTenantInTime = <T>(scope: TenantScope, work: (sql: Sql) => Promise<T>): Promise<T> =>
  inTime(scope.db, work, scope.tenantId);

async function fitting(sql: Sql, filter: MailFilter, zone: string, limit: number): Promise<number[]> {
  const rows = await sql.query<{ seq: number }>("select seq from portal_search($1::jsonb)", [
    JSON.stringify(searchAsk(filter, zone, limit)),
  ]);
  return rows.map(({ seq }) => seq);
}

function shownRows(sql: Sql, tenantId: string, filter: MailFilter, seqs: number[]): Promise<MailRow[]> {
  // What was asked for, else the place that the mail itself is in.
  const wanted = "coalesce(nullif($3, ''), m.place)";
  const asked = places.find((place) => place === filter.state) ?? "";
  return sql.query<MailRow>(
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
       select array_agg(x.address order by x.address ilike any ($4::text[]) desc, x.address) as addresses,
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
     where m.tenant_id = $1::uuid and m.seq = any ($2::bigint[])
     order by m.collected_at desc, m.seq desc`,
    [tenantId, seqs, asked, askedPeople(filter.words)],
  );
}

export interface NothingFound {
  /** the newest mail that was collected */
  newestAt: Date | null;
  /** notices, tests and copies that would fit, up to a hundred; null where they can't be told from other mail, or not soon */
  hidden: number | null;
}

/**
 * What an empty list can still say: how new the newest mail is, and what the tick hides. `newerFits`: the list is empty only from
 * a page on. Throws nothing that is slow.
 */
export async function nothingFound(
  scope: TenantScope,
  filter: MailFilter,
  zone: string,
  newerFits = false,
): Promise<NothingFound> {
  const [newestAt, hidden] = await Promise.all([
    orTooLong(newest(scope)),
    // With the tick nothing is hidden, and the search that was empty would be done again.
    filter.all ? 0 : newerFits ? null : orTooLong(hiddenBy(scope, filter, zone)),
  ]);
  return { newestAt, hidden };
}

const newest = (scope: TenantScope): Promise<Date | null> =>
  inTenantInTime(scope, async (sql) => {
    const [row] = await sql.query<{ newestAt: Date }>(
      `select s.collected_at as "newestAt" from mail_search s where s.tenant_id = $1::uuid and s.collected
       order by s.collected_at desc, s.seq desc limit 1`,
      [scope.tenantId],
    );
    return row?.newestAt ?? null;
  });

const hiddenBy = (scope: TenantScope, filter: MailFilter, zone: string): Promise<number | null> =>
  inTenantInTime(scope, async (sql) => {
    const seqs = await fitting(sql, { ...filter, all: true, before: undefined }, zone, 100);
    return (await searchedBackTo(sql)) ? null : seqs.length;
  });
