// The platform's audit log, newest first, a page at a time by key.
import { type PlatformScope, requirePlatform } from "./scope";

export interface PlatformAuditRow {
  id: number;
  at: Date;
  who: string;
  action: string;
  target: string;
  changes: Record<string, unknown>;
}

export async function listPlatformAudit(scope: PlatformScope, before: number | null, limit: number) {
  requirePlatform(scope, "platform.audit");
  const { rows } = await scope.db.pool.query<PlatformAuditRow>(
    `select id, at, who, action, target, changes from platform_audit
     where $1::bigint is null or id < $1 order by id desc limit $2`,
    [before, limit + 1],
  );
  return { rows: rows.slice(0, limit), older: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
}
