// Mints the key to a tenant. Imported by app/_server/scope.ts, the worker's rooms and the command line, by nobody else.
import type { Db } from "@/lib/db";
import type { Actor, TenantScope } from "./scope";

/** The caller has proved that `actor` may be in this tenant: by a membership, a claimed row, or the owner's address. */
export const mintScope = (db: Db, tenantId: string, actor: Actor): TenantScope =>
  ({ db, tenantId, actor }) as TenantScope;
