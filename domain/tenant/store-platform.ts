// Tenants as the provider sees them: the list with its health, making one, closing one and undoing that.
import { randomUUID } from "node:crypto";
import { hashOf } from "@/domain/person/token";
import {
  type PlatformAuditEntry,
  type PlatformScope,
  requirePlatform,
  writePlatformAudit,
} from "@/domain/platform/scope";
import type { Tx } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import type { TenantMake } from "./schema-edit";

/** Only for who enters where: nothing is counted. */
export async function myTenants(db: Db, token: string, limit: number): Promise<{ slug: string; name: string }[]> {
  const { rows } = await db.pool.query<{ slug: string; name: string }>(
    "select slug, name from portal_my_tenants($1, $2)",
    [hashOf(token), limit],
  );
  return rows;
}

export interface ClosedTenant {
  slug: string;
  name: string;
  timeZone: string;
  closedAt: Date;
}

/** Those that this session's person is a member of: nobody enters them, but they are not lost yet. */
export async function myClosedTenants(db: Db, token: string): Promise<ClosedTenant[]> {
  const { rows } = await db.pool.query<ClosedTenant>(
    `select slug, name, time_zone as "timeZone", closed_at as "closedAt" from portal_closed_tenants($1)`,
    [hashOf(token)],
  );
  return rows;
}

/** Whether it is a closed tenant that this session's person is a member of. */
export async function closedToMember(db: Db, token: string, slug: string): Promise<boolean> {
  const { rows } = await db.pool.query<{ closed: boolean }>("select portal_closed_to_me($1, $2) as closed", [
    hashOf(token),
    slug,
  ]);
  return rows[0]?.closed ?? false;
}

export async function sites(db: Db): Promise<string[]> {
  const { rows } = await db.pool.query<{ site: string }>(
    "select distinct site from site_key where retired_at is null union select 'main' order by 1",
  );
  return rows.map((row) => row.site);
}

export function makeTenant(scope: PlatformScope, given: TenantMake): Promise<{ slug: string }> {
  const id = randomUUID();
  return change(scope, id, async (tx) => {
    const made = await tx.$queryRaw<{ id: string }[]>`
      insert into tenant (id, slug, name, site, time_zone)
      values (${id}::uuid, ${given.slug}, ${given.name}, ${given.site}, ${given.timeZone})
      on conflict (slug) do nothing returning id::text`;
    if (made.length === 0)
      throw new Refusal("One field needs a change. Nothing was saved.", {
        slug: `“${given.slug}” is taken, perhaps by a closed tenant. Choose another short name.`,
      });
    await tx.ledger.create({ data: { tenantId: id } });
    const changes = { name: { from: null, to: given.name }, site: { from: null, to: given.site } };
    await note(tx, scope, id, { action: "tenant.make", target: given.slug, changes });
    return { slug: given.slug };
  });
}

/** Stops collecting. What waits goes on to Exchange; after 30 days all of it is erased, until then it can be undone. */
export function closeTenant(scope: PlatformScope, tenant: { id: string; slug: string }, now: Date): Promise<void> {
  return change(scope, tenant.id, async (tx) => {
    const closed = await tx.tenant.updateMany({
      where: { id: tenant.id, state: "active" },
      data: { state: "closed", closedAt: now },
    });
    if (closed.count === 0) throw new Refusal("This tenant is closed already.");
    await tx.mailboxState.updateMany({ where: { tenantId: tenant.id }, data: { dueAt: null } });
    await note(tx, scope, tenant.id, { action: "tenant.close", target: tenant.slug });
  });
}

export const undoDays = 30;

/** From then on closing can't be undone, and the worker's next round erases all of it. */
export const erasedFrom = (closedAt: Date): Date => new Date(closedAt.getTime() + undoDays * 86_400_000);

export function reopenTenant(scope: PlatformScope, tenant: { id: string; slug: string }, now: Date): Promise<void> {
  return change(scope, tenant.id, async (tx) => {
    const opened = await tx.tenant.updateMany({
      where: { id: tenant.id, state: "closed", closedAt: { gt: new Date(now.getTime() - undoDays * 86_400_000) } },
      data: { state: "active", closedAt: null },
    });
    if (opened.count === 0)
      throw new Refusal(`This tenant isn't closed, or was closed more than ${undoDays} days ago.`);
    await tx.mailboxState.updateMany({ where: { tenantId: tenant.id, state: "active" }, data: { dueAt: now } });
    await note(tx, scope, tenant.id, { action: "tenant.reopen", target: tenant.slug });
  });
}

/** In the platform's log and in the tenant's own: its administrators see who closed it. */
async function note(tx: Tx, scope: PlatformScope, tenantId: string, entry: PlatformAuditEntry): Promise<void> {
  await writePlatformAudit(tx, scope, entry);
  await tx.audit.create({
    data: {
      tenantId,
      personId: scope.personId,
      who: scope.name,
      action: entry.action,
      target: entry.target ?? "",
      changes: JSON.parse(JSON.stringify(entry.changes ?? {})),
    },
  });
}

async function change<T>(scope: PlatformScope, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  requirePlatform(scope, "platform.tenants");
  return scope.db.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`select set_config('mailferry.tenant', ${tenantId}, true)`;
    return work(tx);
  });
}
