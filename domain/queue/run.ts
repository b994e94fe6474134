// What people do to the queue, with its audit row in the same transaction: pause with a reason, resume.
import { whoOf, writeAudit } from "@/domain/audit/write";
import { lockTenant } from "@/domain/exchange/store-write";
import { pauseLane, resumeLane } from "@/domain/lane/control";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { Refusal } from "@/lib/errors";

export const pauseQueue = (scope: TenantScope, reason: string): Promise<void> =>
  inTenant(scope, async (tx) => {
    const host = await settable(tx, scope, "paused", "Delivery is paused already. Reload the page to see by whom.");
    await pauseLane(scope, `${whoOf(scope)} paused it: ${reason}`, sqlOfPrisma(tx));
    const changes = { state: { from: "running", to: "paused" }, reason: { from: "", to: reason } };
    await writeAudit(tx, scope, { action: "queue.pause", target: host, changes });
  });

export const resumeQueue = (scope: TenantScope): Promise<void> =>
  inTenant(scope, async (tx) => {
    const host = await settable(tx, scope, "running", "Delivery isn’t paused any more.");
    await resumeLane(scope, sqlOfPrisma(tx));
    await writeAudit(tx, scope, {
      action: "queue.resume",
      target: host,
      changes: { state: { from: "paused", to: "running" } },
    });
  });

/**
 * The server's name, with tenant and lane locked. Refuses when the lane is in the asked state already. `paused` is one of
 * the Exchange settings, so this is a new version of them: a form that was opened before would turn it back.
 */
async function settable(tx: Tx, scope: TenantScope, wanted: "paused" | "running", already: string): Promise<string> {
  await lockTenant(tx, scope);
  const rows = await sqlOfPrisma(tx).query<{ id: string; host: string; state: string }>(
    `select e.id::text, e.host, l.state from lane l join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id
     where l.tenant_id = $1::uuid for update of l`,
    [scope.tenantId],
  );
  const [lane] = rows;
  if (!lane) throw new Refusal("No Exchange server is set up yet, so there is nothing to pause.");
  if ((lane.state === "paused") === (wanted === "paused")) throw new Refusal(already);
  await tx.exchange.update({
    where: { tenantId_id: { tenantId: scope.tenantId, id: lane.id } },
    data: { version: { increment: 1 }, updatedBy: whoOf(scope), updatedAt: new Date() },
  });
  return lane.host;
}
