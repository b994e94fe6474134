// A tenant's audit log, newest first, a page at a time by key.
import { sqlInTenant, type TenantScope } from "@/domain/scope";

export interface AuditRow {
  id: number;
  at: Date;
  who: string;
  action: string;
  target: string;
  changes: Record<string, unknown>;
}

export interface AuditFilter {
  /** the id of the last row of the page before */
  before: number | null;
  /** looked for in who, what it was done to and the verb */
  search: string;
}

export async function listAudit(scope: TenantScope, filter: AuditFilter, limit: number) {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<AuditRow>(
      `select id, at, who, action, target, changes from audit
       where tenant_id = $1::uuid and ($2::bigint is null or id < $2)
         and ($3 = '' or strpos(lower(who), lower($3)) > 0 or strpos(lower(target), lower($3)) > 0 or strpos(action, lower($3)) > 0)
       order by id desc limit $4`,
      [scope.tenantId, filter.before, filter.search, limit + 1],
    ),
  );
  return { rows: rows.slice(0, limit), older: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
}
