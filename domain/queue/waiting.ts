// The mails that wait, the oldest first, page by page by key.
import { rowsPerPage } from "@/domain/page-size";
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import { bounded } from "./bounded";

export interface WaitingMail {
  id: string;
  seq: number;
  kind: string;
  state: "received" | "ready" | "sending" | "uncertain";
  sender: string;
  from: string;
  subject: string;
  collectedAt: Date;
  attempts: number;
  /** ready: the next try; uncertain: until then the answer may still come */
  nextAttemptAt: Date | null;
  possibleCopies: number;
  /** those that wait, the first ones */
  recipients: string[];
  waiting: number;
  lastCode: number | null;
  lastWords: string | null;
}

/** `after`: newer than this number. */
export async function waitingMails(scope: TenantScope, after = 0, limit = rowsPerPage) {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<WaitingMail>(
      `select m.id, m.seq::float8 as seq, m.kind, m.state, m.sender, m.header_from as "from", m.subject,
         m.collected_at as "collectedAt", m.attempts, m.next_attempt_at as "nextAttemptAt",
         m.possible_copies as "possibleCopies", coalesce(r.addresses[1:3], '{}') as recipients,
         coalesce(cardinality(r.addresses), 0) as waiting, coalesce(r.code, a.reply_code) as "lastCode",
         coalesce(r.words, a.words, r.reason) as "lastWords"
       from mail m
       left join lateral (
         select array_agg(x.address order by x.address) as addresses,
           max(x.reply_code) as code, max(left(x.reply_text, 300)) as words, max(left(x.reason, 300)) as reason
         from recipient x where x.tenant_id = m.tenant_id and x.mail_id = m.id and x.place = 'waiting') r on true
       left join lateral (
         select y.reply_code, left(y.reply_text, 300) as words from attempt y
         where y.tenant_id = m.tenant_id and y.mail_id = m.id and y.ended_at is not null
           and y.outcome not in ('accepted', 'partly')
         order by y.number desc limit 1) a on true
       where m.tenant_id = $1::uuid and m.place = 'waiting' and m.seq > $2
       order by m.seq limit $3`,
      [scope.tenantId, after, limit + 1],
    ),
  );
  const shown = rows.slice(0, limit);
  return { rows: shown, newer: rows.length > limit ? (shown.at(-1)?.seq ?? null) : null };
}

export interface WaitingCounts {
  /** collected mail, as the sum counts it; `bounded` and more where it stops counting */
  collected: number;
  /** notices, tests and copies, which travel the same lane */
  others: number;
  oldestAt: Date | null;
}

export async function waitingCounts(scope: TenantScope): Promise<WaitingCounts> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<WaitingCounts>(
      `select count(*) filter (where x.kind = 'collected')::int as collected,
         count(*) filter (where x.kind <> 'collected')::int as others, min(x.collected_at) as "oldestAt"
       from (select m.kind, m.collected_at from mail m where m.tenant_id = $1::uuid and m.place = 'waiting'
         order by m.seq limit ${bounded}) x`,
      [scope.tenantId],
    ),
  );
  return row ?? { collected: 0, others: 0, oldestAt: null };
}
