// Whether everybody of a company needs a second factor. The platform's rule by roles stands beside it, and neither weakens the
// other. Who has none sets one up before anything else is open, as with that rule.
import { writeAudit } from "@/domain/audit/write";
import { inTenant, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";

export async function allNeedFactor(scope: TenantScope): Promise<boolean> {
  const row = await inTenant(scope, (tx) =>
    tx.tenant.findUniqueOrThrow({ where: { id: scope.tenantId }, select: { secondFactor: true } }),
  );
  return row.secondFactor;
}

export function requireFactorOfAll(scope: TenantScope, required: boolean): Promise<void> {
  return inTenant(scope, async (tx) => {
    const { tenantId } = scope;
    const tenant = await tx.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { name: true, state: true } });
    if (tenant.state !== "active") throw new Refusal("This tenant is closed. Undo the closing first.");
    const saved = await tx.tenant.updateMany({
      where: { id: tenantId, secondFactor: !required },
      data: { secondFactor: required },
    });
    if (saved.count === 0) return;
    const changes = { secondFactor: { from: !required, to: required } };
    await writeAudit(tx, scope, { action: "member.second-factor", target: tenant.name, changes });
  });
}
