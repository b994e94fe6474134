// Route: received mails get their recipients. Intake routes plain ones itself and calls this after each batch that has others; the
// room finds whatever that missed (a crash between the two, an Exchange server that was configured later, a mail that a person sent back).
import { routeBatch, tenantsToRoute } from "@/domain/routing/store";
import { mintScope } from "@/domain/scope-mint";
import { wordsOf } from "@/lib/errors";
import { failPoint } from "./fail-points";
import type { Room, WorkerContext } from "./room";

const batch = 50;

interface Turn {
  done: Promise<number>;
  /** mail came after it began: once more */
  again: boolean;
}
const turns = new WeakMap<WorkerContext, Map<string, Turn>>();

/**
 * Routes all that this tenant has received. Returns how many mails that were. One turn of a tenant at a time in a worker:
 * a large mailbox commits faster than it is routed, and each call that waited for the other would hold a connection.
 */
export function routeTenant(context: WorkerContext, tenantId: string): Promise<number> {
  const mine = turns.get(context) ?? new Map<string, Turn>();
  turns.set(context, mine);
  const running = mine.get(tenantId);
  if (running) {
    running.again = true;
    return running.done;
  }
  const turn: Turn = { again: false, done: Promise.resolve(0) };
  const work = async () => {
    let routed = 0;
    try {
      do {
        turn.again = false;
        routed += await routeAll(context, tenantId);
      } while (turn.again);
      return routed;
    } finally {
      mine.delete(tenantId);
    }
  };
  mine.set(tenantId, turn);
  turn.done = work();
  return turn.done;
}

async function routeAll(context: WorkerContext, tenantId: string): Promise<number> {
  const scope = mintScope(context.db, tenantId, { kind: "worker", workerId: context.workerId, name: context.name });
  let routed = 0;
  for (;;) {
    await failPoint("route.before");
    const count = await routeBatch(scope, batch);
    if (count > 0) await failPoint("route.after");
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
