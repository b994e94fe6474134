// The platform's audit log, newest first, a page at a time by key: the installation's own, one tenant's, or all together.
import type { AuditFilter } from "@/domain/audit/filter";
import { hashOf } from "@/domain/person/token";
import { type PlatformScope, requirePlatform, writePlatformAudit } from "./scope";

export interface PlatformAuditRow {
  id: number;
  at: Date;
  /** a tenant's short name; empty: the installation itself */
  tenant: string;
  who: string;
  action: string;
  target: string;
  changes: Record<string, unknown>;
}

export interface PlatformAuditPage {
  filter: AuditFilter;
  zone: string;
  /** '' the installation itself, '*' it and all tenants, else a tenant's short name */
  where: string;
  /** time and id of the last row of the page before */
  before: { at: Date; id: number } | null;
}

/** `token`: of the session; SQL asks again whose it is, since these are rows of all tenants. */
export async function listPlatformAudit(scope: PlatformScope, token: string, page: PlatformAuditPage, limit: number) {
  requirePlatform(scope, "platform.audit");
  const { filter, zone, where, before } = page;
  const { rows } = await scope.db.pool.query<PlatformAuditRow>(
    "select * from portal_audit($1, $2, $3, $4, nullif($5, '')::date, nullif($6, '')::date, $7, $8, $9, $10)",
    [
      hashOf(token),
      where,
      filter.who,
      filter.what,
      filter.from,
      filter.to,
      zone,
      before?.at ?? null,
      before?.id ?? null,
      limit + 1,
    ],
  );
  const last = rows[limit - 1];
  return { rows: rows.slice(0, limit), older: rows.length > limit && last ? { at: last.at, id: last.id } : null };
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
