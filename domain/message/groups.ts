// Held and BADMAIL mail as groups by cause: number, since when, the server's words once. And what the page of one group
// lists.
import { rowsPerPage } from "@/domain/page-size";
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import type { GroupTarget } from "./decide-schema";
import { detailOf, mailIn, recipientIn, valuesFor } from "./stuck";

export interface MailGroup {
  place: "badmail" | "held";
  reasonKind: string | null;
  /** what tells it from others of its kind: an address, a rule */
  detail: string | null;
  notices: boolean;
  mails: number;
  since: Date;
  newest: Date;
  /** the newest one's server words, with their code, and our own sentence about it */
  words: string | null;
  reason: string | null;
  /** the rule about replies that judged it */
  rule: string | null;
  /** the newest mail has these in its envelope */
  sender: string;
  address: string | null;
  /** before a rule or a person sent it elsewhere */
  named: string | null;
  newestMail: string;
  subject: string;
  /** octets of its largest mail */
  largest: number;
}

export function mailGroups(scope: TenantScope): Promise<MailGroup[]> {
  return sqlInTenant(scope, (sql) =>
    sql.query<MailGroup>(
      // Nearly every mail here has recipients that are stuck: only of the few others it is asked whether they have none.
      `with recipients as materialized (
         select r.place, r.reason_kind, ${detailOf("r")} as detail, m.kind = 'notice' as notices, r.mail_id,
           coalesce(r.decided_at, m.collected_at) as at,
           nullif(concat_ws(' ', r.reply_code, left(r.reply_text, 1000)), '') as words,
           r.reason, r.reply_rule, m.sender, m.subject, coalesce(nullif(r.original, ''), r.address) as named, r.address, m.size
         from recipient r join mail m on m.tenant_id = r.tenant_id and m.id = r.mail_id
         where r.tenant_id = $1::uuid and r.place in ('held', 'badmail') and m.kind <> 'test'),
       stuck as (
         select * from recipients
         union all
         select m.place, m.reason_kind, null, m.kind = 'notice', m.id, m.collected_at, null, m.reason, null, m.sender,
           m.subject, null, null, m.size
         from mail m where m.tenant_id = $1::uuid and m.place in ('held', 'badmail') and m.kind <> 'test'
           and not exists (select 1 from recipients x where x.mail_id = m.id)
           and not exists (select 1 from recipient r where r.tenant_id = m.tenant_id and r.mail_id = m.id))
       select place, reason_kind as "reasonKind", detail, notices, count(distinct mail_id)::int as mails,
         min(at) as since, max(at) as newest,
         (array_agg(words order by at desc) filter (where words is not null))[1] as words,
         (array_agg(left(reason, 1000) order by at desc) filter (where reason is not null))[1] as reason,
         (array_agg(reply_rule order by at desc) filter (where reply_rule is not null))[1] as rule,
         (array_agg(sender order by at desc))[1] as sender, (array_agg(address order by at desc))[1] as address,
         (array_agg(mail_id order by at desc))[1] as "newestMail", (array_agg(subject order by at desc))[1] as subject,
         (array_agg(named order by at desc))[1] as named,
         max(size)::float8 as largest
       from stuck group by place, notices, reason_kind, detail
       order by notices, place, mails desc, newest desc limit 2000`,
      [scope.tenantId],
    ),
  );
}

export interface StuckCounts {
  /** as the sum counts them: each mail in one place */
  badmail: number;
  held: number;
  /** refused or held for one recipient while another still waits: the sum counts them as waiting */
  alsoWaiting: number;
  /** copies made by rules, which the sum doesn't count */
  copies: number;
}

export async function stuckCounts(scope: TenantScope): Promise<StuckCounts> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<StuckCounts>(
      `select count(*) filter (where place = 'badmail' and kind = 'collected')::int as badmail,
         count(*) filter (where place = 'held' and kind = 'collected')::int as held,
         count(*) filter (where place in ('badmail', 'held') and kind = 'copy')::int as copies,
         (select count(distinct r.mail_id)::int from recipient r
          join mail w on w.tenant_id = r.tenant_id and w.id = r.mail_id
          where r.tenant_id = $1::uuid and r.place in ('badmail', 'held') and w.place = 'waiting' and w.kind = 'collected')
           as "alsoWaiting"
       from mail where tenant_id = $1::uuid and place in ('badmail', 'held')`,
      [scope.tenantId],
    ),
  );
  return row ?? { badmail: 0, held: 0, alsoWaiting: 0, copies: 0 };
}

/** When Exchange last refused a mail that is still known; null: never. An empty BADMAIL proves something with it. */
export async function lastRefused(scope: TenantScope): Promise<{ at: Date | null; accepted: number }> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<{ at: Date | null; accepted: number }>(
      `select max(settled_at) filter (where place in ('badmail', 'deleted', 'expired')) as at,
         count(*) filter (where place = 'delivered')::int as accepted
       from mail where tenant_id = $1::uuid and state = 'settled' and kind = 'collected'`,
      [scope.tenantId],
    ),
  );
  return row ?? { at: null, accepted: 0 };
}

export interface GroupMail {
  id: string;
  seq: number;
  sender: string;
  from: string;
  subject: string;
  size: number;
  collectedAt: Date;
  stuckAt: Date | null;
  /** the recipients that this group is about; none: the mail has no recipient yet */
  addresses: string[];
  recipients: number;
  words: string | null;
  reason: string | null;
  possibleCopies: number;
  /** its bytes are gone */
  erased: boolean;
}

/** The newest first, a page at a time by key. */
export async function groupMails(scope: TenantScope, group: GroupTarget, before: number | null, limit = rowsPerPage) {
  const { values, param } = valuesFor(scope.tenantId);
  const where = `${mailIn(group, param)} and (${param(before)}::float8 is null or m.seq < $${values.length})`;
  const mine = recipientIn(group, param);
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<GroupMail>(
      `select m.id, m.seq::float8 as seq, m.sender, m.header_from as from, m.subject, m.size::float8 as size,
         m.collected_at as "collectedAt", x.at as "stuckAt", coalesce(x.addresses[1:5], '{}') as addresses,
         coalesce(cardinality(x.addresses), 0) as recipients, x.words, coalesce(x.reason, m.reason) as reason,
         m.possible_copies as "possibleCopies", (b.erased_at is not null or not b.complete) as erased
       from mail m join body b on b.tenant_id = m.tenant_id and b.id = m.body_id
       left join lateral (
         select array_agg(r.address order by r.address) as addresses, max(r.decided_at) as at, max(left(r.reason, 500)) as reason,
           max(nullif(concat_ws(' ', r.reply_code, left(r.reply_text, 500)), '')) as words
         from recipient r where r.tenant_id = m.tenant_id and r.mail_id = m.id and ${mine}) x on true
       where m.tenant_id = $1::uuid and ${where} order by m.seq desc limit ${param(limit + 1)}`,
      values,
    ),
  );
  const shown = rows.slice(0, limit);
  return { rows: shown, older: rows.length > limit ? (shown.at(-1)?.seq ?? null) : null };
}
