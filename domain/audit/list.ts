// A tenant's audit log, newest first, a page at a time by key.
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import type { AuditFilter } from "./filter";

export interface AuditRow {
  id: number;
  at: Date;
  who: string;
  action: string;
  target: string;
  changes: Record<string, unknown>;
}

export interface AuditPage {
  filter: AuditFilter;
  /** in which its days are days */
  zone: string;
  /** the id of the last row of the page before */
  before: number | null;
}

export async function listAudit(scope: TenantScope, { filter, zone, before }: AuditPage, limit: number) {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<AuditRow>(
      `select id, at, who, action, target, changes from audit
       where tenant_id = $1::uuid and ($2::bigint is null or id < $2)
         and ($3 = '' or strpos(lower(who), lower($3)) > 0)
         and ($4 = '' or split_part(action, '.', 1) = $4)
         and ($5::text = '' or at >= nullif($5, '')::date::timestamp at time zone $8)
         and ($6::text = '' or at < (nullif($6, '')::date + 1)::timestamp at time zone $8)
         and ($7 = '' or strpos(lower(target), lower($7)) > 0 or strpos(lower(who), lower($7)) > 0)
       order by id desc limit $9`,
      [scope.tenantId, before, filter.who, filter.what, filter.from, filter.to, filter.search, zone, limit + 1],
    ),
  );
  return { rows: rows.slice(0, limit), older: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
}
