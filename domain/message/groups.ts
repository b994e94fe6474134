// Held and BADMAIL mail as groups by cause: number, since when, the server's words once.
import { sqlInTenant, type TenantScope } from "@/domain/scope";

export interface MailGroup {
  place: "badmail" | "held";
  reasonKind: string | null;
  mails: number;
  since: Date;
  /** the newest one's server words and our own sentence about it */
  words: string | null;
  reason: string | null;
}

export function mailGroups(scope: TenantScope): Promise<MailGroup[]> {
  return sqlInTenant(scope, (sql) =>
    sql.query<MailGroup>(
      `with stuck as (
         select r.place, r.reason_kind, r.mail_id, coalesce(r.decided_at, m.collected_at) as at, r.reply_text, r.reason
         from recipient r join mail m on m.tenant_id = r.tenant_id and m.id = r.mail_id
         where r.tenant_id = $1::uuid and r.place in ('held', 'badmail')
         union all
         select m.place, m.reason_kind, m.id, m.collected_at, null, m.reason from mail m
         where m.tenant_id = $1::uuid and m.place in ('held', 'badmail') and not exists (
           select 1 from recipient r where r.tenant_id = m.tenant_id and r.mail_id = m.id))
       select place, reason_kind as "reasonKind", count(distinct mail_id)::int as mails, min(at) as since,
         (array_agg(left(reply_text, 1000) order by at desc) filter (where reply_text is not null))[1] as words,
         (array_agg(left(reason, 1000) order by at desc) filter (where reason is not null))[1] as reason
       from stuck group by place, reason_kind order by place, mails desc`,
      [scope.tenantId],
    ),
  );
}
