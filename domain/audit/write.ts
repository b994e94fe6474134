// Who did what, in the change's own transaction. Append-only: there is no function that changes a row.
import { isDeepStrictEqual } from "node:util";
import type { TenantScope, Tx } from "@/domain/scope";

export interface AuditEntry {
  /** a verb of ours, like "exchange.save", "badmail.release", "message.look" */
  action: string;
  /** what it was done to, as people know it: a mailbox's name, an address, a subject */
  target?: string;
  targetId?: string;
  /** from → to by field; secrets only as "changed" */
  changes?: Record<string, { from: unknown; to: unknown } | "changed">;
}

/** The actor's name as audit rows and journeys show it. */
export const whoOf = (scope: TenantScope): string => scope.actor.name;

/** Whose doing it is: names may be shared and change. Null: no person's. */
export const personOf = ({ actor }: TenantScope): string | null => (actor.kind === "person" ? actor.personId : null);

export async function writeAudit(tx: Tx, scope: TenantScope, entry: AuditEntry): Promise<void> {
  await tx.audit.create({
    data: {
      tenantId: scope.tenantId,
      personId: personOf(scope),
      who: whoOf(scope),
      action: entry.action,
      target: (entry.target ?? "").slice(0, 300),
      targetId: entry.targetId ?? null,
      changes: JSON.parse(JSON.stringify(entry.changes ?? {})),
    },
  });
}

/** The fields in which two flat settings differ, as from → to. */
export function changesBetween<T extends object>(before: T, after: T): Record<string, { from: unknown; to: unknown }> {
  const changes: Record<string, { from: unknown; to: unknown }> = {};
  for (const key of Object.keys(after) as (keyof T & string)[]) {
    if (!isDeepStrictEqual(before[key], after[key])) changes[key] = { from: before[key], to: after[key] };
  }
  return changes;
}
