// What was told to whom, and what came of it; and what waits to be told.
import type { Place } from "@/domain/message/place";
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import type { NoticeKind } from "./wanted";

export interface SentNotice {
  mailId: string;
  kind: NoticeKind;
  events: number;
  at: Date;
  subject: string;
  receivers: {
    address: string;
    place: Place;
    at: Date | null;
    code: number | null;
    enhanced: string | null;
    text: string | null;
  }[];
}

/** The newest first; `before`: the number of the last one of the page before. */
export async function listSent(scope: TenantScope, before: number | null, limit: number) {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<SentNotice & { seq: number }>(
      `select m.seq, m.id as "mailId", n.kind, n.events, m.collected_at as at, m.subject,
         (select coalesce(jsonb_agg(jsonb_build_object('address', r.address, 'place', r.place, 'at', r.decided_at,
            'code', r.reply_code, 'enhanced', r.reply_enhanced, 'text', coalesce(r.reply_text, r.reason)) order by r.address), '[]')
          from recipient r where r.tenant_id = $1::uuid and r.mail_id = m.id) as receivers
       from mail m cross join lateral (select min(kind) as kind, count(*)::int as events from notice
         where tenant_id = $1::uuid and sent_mail_id = m.id having count(*) > 0) n
       where m.tenant_id = $1::uuid and m.kind = 'notice' and ($2::bigint is null or m.seq < $2)
       order by m.seq desc limit $3`,
      [scope.tenantId, before, limit + 1],
    ),
  );
  const shown: SentNotice[] = rows.slice(0, limit).map(({ seq: _seq, ...row }) => ({
    ...row,
    receivers: row.receivers.map((one) => ({ ...one, at: one.at ? new Date(one.at) : null })),
  }));
  return { rows: shown, older: rows.length > limit ? (rows[limit - 1]?.seq ?? null) : null };
}

export interface PendingNotice {
  kind: NoticeKind;
  events: number;
  oldest: Date;
  /** when the next one of this kind may go; null: at once */
  nextAt: Date | null;
}

export const listPending = (scope: TenantScope): Promise<PendingNotice[]> =>
  sqlInTenant(scope, (sql) =>
    sql.query<PendingNotice>(
      `select n.kind, count(*)::int as events, min(n.created_at) as oldest, max(p.next_at) as "nextAt"
       from notice n left join notice_pace p on p.tenant_id = n.tenant_id and p.kind = n.kind
       where n.tenant_id = $1::uuid and n.state = 'pending' group by n.kind order by 3`,
      [scope.tenantId],
    ),
  );
