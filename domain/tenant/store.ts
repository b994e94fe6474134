// A tenant's own settings, and the counts that its menu shows.
import { changesBetween, writeAudit } from "@/domain/audit/write";
import { inTenant, sqlInTenant, type TenantScope } from "@/domain/scope";
import { Conflict, Refusal } from "@/lib/errors";
import type { OwnSettingsEdit } from "./schema-edit";

export interface OwnSettings {
  name: string;
  timeZone: string;
  contact: string;
  retention: { deliveredHours: number; badmailDays: number };
  version: number;
}

export async function readOwnSettings(scope: TenantScope): Promise<OwnSettings> {
  const row = await inTenant(scope, (tx) => tx.tenant.findUniqueOrThrow({ where: { id: scope.tenantId } }));
  return {
    name: row.name,
    timeZone: row.timeZone,
    contact: row.contact,
    retention: { deliveredHours: row.deliveredHours, badmailDays: row.badmailDays },
    version: row.version,
  };
}

/** Saves if nobody else did since the page was shown. */
export function saveOwnSettings(scope: TenantScope, edit: OwnSettingsEdit): Promise<{ version: number }> {
  return inTenant(scope, async (tx) => {
    const row = await tx.tenant.findUniqueOrThrow({ where: { id: scope.tenantId } });
    if (row.state !== "active") throw new Refusal("This tenant is closed. Undo the closing first.");
    const after = {
      name: edit.name,
      timeZone: edit.timeZone,
      contact: edit.contact,
      deliveredHours: edit.retention.deliveredHours,
      badmailDays: edit.retention.badmailDays,
    };
    const { name, timeZone, contact, deliveredHours, badmailDays } = row;
    const changes = changesBetween({ name, timeZone, contact, deliveredHours, badmailDays }, after);
    const saved = await tx.tenant.updateMany({
      where: { id: scope.tenantId, version: edit.version },
      data: { ...after, version: { increment: 1 } },
    });
    if (saved.count === 0) {
      const last = await tx.audit.findFirst({
        where: { tenantId: scope.tenantId, action: "tenant.save" },
        orderBy: { id: "desc" },
      });
      throw new Conflict(last?.who ?? "", last?.at ?? new Date(0));
    }
    await writeAudit(tx, scope, { action: "tenant.save", target: edit.name, changes });
    return { version: edit.version + 1 };
  });
}

export interface PlaceCounts {
  waiting: number;
  held: number;
  badmail: number;
}

/** What stands beside Queue and BADMAIL in the menu. */
export async function placeCounts(scope: TenantScope): Promise<PlaceCounts> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<PlaceCounts>(
      // Every page draws these: a backlog of a million is counted to 10,000 and no further.
      `select ${["waiting", "held", "badmail"]
        .map(
          (place) => `(select count(*) from (select from mail where tenant_id = $1::uuid and place = '${place}'
            and kind = 'collected' limit 10000) x) as ${place}`,
        )
        .join(", ")}`,
      [scope.tenantId],
    ),
  );
  return row ?? { waiting: 0, held: 0, badmail: 0 };
}
