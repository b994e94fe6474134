// Import of a tenant's own settings, and what people changed in the portal since the last import.
import { changesBetween, writeAudit } from "@/domain/audit/write";
import { mintScope } from "@/domain/scope-mint";
import { machineTimeZone, tenantDefaults } from "@/domain/tenant/schema";
import type { Db } from "@/lib/db";
import type { Path } from "./read";
import type { FileTenant } from "./schema";
import { reportChanges, type Step } from "./step";

type Shared = Omit<Step, "scope" | "slug" | "moved">;

/** The tenant, or null when it may not be written. Makes it if it is new. */
export async function applyTenant(
  shared: Shared,
  db: Db,
  file: FileTenant,
  path: Path,
): Promise<{ id: string; moved: boolean } | null> {
  const { tx, report } = shared;
  // Before anything of the tenant is read: a key that the file lacks keeps what a save that is under way leaves.
  await tx.$queryRaw`select 1 from tenant where slug = ${file.slug} for no key update`;
  const before = await tx.tenant.findUnique({ where: { slug: file.slug } });
  if (before?.state === "closed") {
    shared.fault([...path, "slug"], `${file.slug} is closed. Undo the closing in the portal first, or leave it out.`);
    return null;
  }
  const wanted = {
    name: file.name ?? before?.name ?? file.slug,
    site: file.site ?? before?.site ?? tenantDefaults.site,
    timeZone: file.timeZone ?? before?.timeZone ?? machineTimeZone(),
    contact: file.contact ?? before?.contact ?? tenantDefaults.contact,
    deliveredHours: file.retention?.deliveredHours ?? before?.deliveredHours ?? tenantDefaults.retention.deliveredHours,
    badmailDays: file.retention?.badmailDays ?? before?.badmailDays ?? tenantDefaults.retention.badmailDays,
  };
  const row = before ?? (await tx.tenant.create({ data: { slug: file.slug, ...wanted } }));
  if (!before) await tx.ledger.create({ data: { tenantId: row.id } });
  const old = before
    ? Object.fromEntries(Object.keys(wanted).map((key) => [key, before[key as keyof typeof wanted]]))
    : {};
  const changes = changesBetween(old, wanted);
  if (before && Object.keys(changes).length === 0) return { id: row.id, moved: false };
  const moved = before !== null && before.site !== wanted.site;
  if (before) {
    await tx.tenant.update({ where: { id: row.id }, data: { ...wanted, version: { increment: 1 } } });
    if (moved) await moveToSite(shared, row.id, wanted.site);
  }
  const scope = mintScope(db, row.id, { kind: "command", name: "import" });
  await writeAudit(tx, scope, { action: before ? "tenant.save" : "tenant.make", target: file.slug, changes });
  reportChanges({ report, slug: file.slug }, "tenant", changes, !before);
  return { id: row.id, moved };
}

async function moveToSite({ tx }: Shared, tenantId: string, site: string): Promise<void> {
  await tx.lane.updateMany({ where: { tenantId }, data: { site, settingsEpoch: { increment: 1 } } });
  await tx.mailboxState.updateMany({ where: { tenantId }, data: { site } });
}

/** Changes that persons made since the last import: a file that is imported again would quietly undo them. */
export async function changedInPortal({ tx, scope, slug }: Step): Promise<string[]> {
  const tenant = await tx.tenant.findUniqueOrThrow({ where: { id: scope.tenantId } });
  if (!tenant.importedAt) return [];
  const rows = await tx.audit.findMany({
    where: {
      tenantId: scope.tenantId,
      at: { gt: tenant.importedAt },
      personId: { not: null },
      OR: ["exchange.", "mailbox.", "tenant.", "queue.", "rule.", "member."].map((prefix) => ({
        action: { startsWith: prefix },
      })),
    },
    orderBy: { id: "asc" },
    take: 200,
  });
  return rows.map((row) => {
    const fields = Object.keys(row.changes && typeof row.changes === "object" ? row.changes : {}).join(", ");
    return `${slug}: changed in the portal since the last import: ${row.action} ${row.target}${fields ? ` (${fields})` : ""} by ${row.who}, ${row.at.toISOString()}`;
  });
}
