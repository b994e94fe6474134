// The platform's audit log, newest first, a page at a time by key.
import { type PlatformScope, requirePlatform, writePlatformAudit } from "./scope";

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

/** Beside the entry that each tenant has: where stored passwords were sent, and for how many mailboxes at once. */
export async function notePasswordsMoved(scope: PlatformScope, host: string, mailboxes: number): Promise<void> {
  requirePlatform(scope, "platform.mailbox-edit");
  if (host === "" || mailboxes === 0) return;
  const changes = { mailboxes: { from: null, to: mailboxes } };
  await scope.db.prisma.$transaction((tx) =>
    writePlatformAudit(tx, scope, { action: "mailbox.change-many", target: host, changes }),
  );
}
