// PlatformScope: the key to what belongs to the installation as a whole. The portal's platform door and the command line
// make it, after they checked the person's platform role.
import type { PlatformGrant } from "@/domain/access";
import { platformMay, type Role } from "@/domain/access";
import type { Tx } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";

export interface PlatformScope {
  readonly db: Db;
  /** null: the command line, which holds the owner's address */
  readonly personId: string | null;
  readonly name: string;
  readonly role: Role;
}

/** The store asks again what the door asked: a wrong door does not open the platform. */
export function requirePlatform(scope: PlatformScope, grant: PlatformGrant): void {
  if (!platformMay(scope.role, grant)) throw new Refusal("Your role can't do this. Ask a platform administrator.");
}

export interface PlatformAuditEntry {
  action: string;
  target?: string;
  changes?: Record<string, { from: unknown; to: unknown } | "changed">;
}

/** Who did what to the installation, in the change's own transaction. */
export async function writePlatformAudit(tx: Tx, scope: PlatformScope, entry: PlatformAuditEntry): Promise<void> {
  await tx.platformAudit.create({
    data: {
      personId: scope.personId,
      who: scope.name,
      action: entry.action,
      target: (entry.target ?? "").slice(0, 300),
      changes: JSON.parse(JSON.stringify(entry.changes ?? {})),
    },
  });
}
