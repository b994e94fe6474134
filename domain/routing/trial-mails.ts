// Collected mails to try rules on, and what a rule made of one would say.
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import type { Stuck } from "./suggest";

export interface TrialChoice {
  id: string;
  from: string;
  subject: string;
  collectedAt: Date;
  recipients: string[];
}

const newest = 1000;
const shown = 10;

/** Among the newest whose headers are still here: by author, sender, subject or recipient. An empty text finds all. */
export const findTrialMails = (scope: TenantScope, text: string): Promise<TrialChoice[]> =>
  sqlInTenant(scope, (sql) =>
    sql.query<TrialChoice>(
      `with newest as materialized (
         select m.id, m.seq, m.tenant_id, m.body_id, m.header_from, m.sender, m.subject, m.collected_at from mail m
         where m.tenant_id = $1::uuid and m.kind = 'collected' order by m.seq desc limit $3)
       select m.id, m.header_from as from, m.subject, m.collected_at as "collectedAt",
         coalesce(r.addresses[1:3], '{}') as recipients
       from newest m join body b on b.tenant_id = m.tenant_id and b.id = m.body_id
       left join lateral (select array_agg(x.address order by x.address) as addresses from recipient x
         where x.tenant_id = m.tenant_id and x.mail_id = m.id) r on true
       where b.complete and b.erased_at is null and ($2 = '%%' or m.header_from ilike $2 or m.sender ilike $2
         or m.subject ilike $2 or array_to_string(r.addresses, ' ') ilike $2)
       order by m.seq desc limit $4`,
      [
        scope.tenantId,
        `%${text
          .trim()
          .replaceAll("\0", "")
          .replace(/[\\%_]/g, "\\$&")}%`,
        newest,
        shown,
      ],
    ),
  );

/** A collected mail that a rule is to be made of, for this recipient of it if it has it; null: none, or rules don't see it. */
export async function stuckMail(scope: TenantScope, id: string, to: string): Promise<Stuck | null> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<Stuck>(
      `select m.id, m.sender, m.header_from as from, m.subject, coalesce(r.reason_kind, m.reason_kind) as "reasonKind",
         coalesce(nullif(r.original, ''), r.address, '') as address
       from mail m left join lateral (
         select x.reason_kind, x.original, x.address from recipient x
         where x.tenant_id = m.tenant_id and x.mail_id = m.id
         order by lower(x.address) = lower($3) desc, x.place in ('held', 'badmail') desc, x.decided_at desc nulls last,
           x.address limit 1) r on true
       where m.tenant_id = $1::uuid and m.id = $2::uuid and m.kind = 'collected'`,
      [scope.tenantId, id, to.replaceAll("\0", "")],
    ),
  );
  return row ?? null;
}
