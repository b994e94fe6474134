// Route: received mails get their recipients. Intake calls it after each batch; this room finds whatever that missed
// (a crash between the two, an Exchange server that was configured later, a mail that a person sent back).
import { routeBatch, tenantsToRoute } from "@/domain/routing/store";
import { mintScope } from "@/domain/scope-mint";
import { wordsOf } from "@/lib/errors";
import type { Room, WorkerContext } from "./room";

const batch = 50;

/** Routes all that this tenant has received. Returns how many mails that were. */
export async function routeTenant(context: WorkerContext, tenantId: string): Promise<number> {
  const scope = mintScope(context.db, tenantId, { kind: "worker", workerId: context.workerId, name: context.name });
  let routed = 0;
  for (;;) {
    const count = await routeBatch(scope, batch);
    routed += count;
    if (count < batch) return routed;
  }
}

export const routeRoom: Room = {
  name: "route",
  async step(context) {
    const tenants = await tenantsToRoute(context.db, context.env.sites);
    let routed = 0;
    for (const tenantId of tenants) {
      if (context.stopping.aborted) break;
      try {
        routed += await routeTenant(context, tenantId);
      } catch (error) {
        // One tenant's fault delays only itself.
        context.log.error({ room: "route", tenant: tenantId, error: wordsOf(error) }, "routing failed");
      }
    }
    return routed > 0 ? 0 : 1000;
  },
};
