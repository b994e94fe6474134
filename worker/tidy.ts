// Tidy: keeps what is promised to be kept, removes what is promised to be removed, in small pieces, and does the ledger job.
import { raiseAlert, resolveAlert } from "@/domain/alert/store";
import { endEmptyIncidents } from "@/domain/mailbox/incident";
import { databaseNow, seeClock } from "@/domain/retention/clock";
import { announceExpiry, expireAnnounced } from "@/domain/retention/expire";
import { eraseBodies, forgetIdentities, forgetMail, forgetProbes, removeIncomplete } from "@/domain/retention/mail";
import {
  eraseTenantPiece,
  forgetAudit,
  forgetPlatformRows,
  type TenantPolicy,
  tenantPolicies,
} from "@/domain/retention/platform";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import { proveBytes, proveSums } from "./ledger";
import type { Room, WorkerContext } from "./room";

type TenantContext = Pick<WorkerContext, "db" | "workerId" | "name" | "stopping">;

const restMs = 10 * 60_000;
const nobody = "00000000-0000-0000-0000-000000000000";
/** Batches of one kind in a row: a large company does not keep the others from being tidied. */
const inARow = 50;

export const tidyRoom: Room = makeTidyRoom(databaseNow);

/** All of retention goes by one clock, the database's; tests give another. */
export function makeTidyRoom(now: (db: Db) => Promise<Date>): Room {
  return { name: "tidy", step: async (context) => tidyAll(context, await now(context.db)) };
}

async function tidyAll(context: WorkerContext, now: Date): Promise<number> {
  const { db, env, log } = context;
  const began = Date.now();
  const braked = await clockBraked(context, now);
  let removed = 0;
  for (let after = nobody; ; ) {
    const page = await tenantPolicies(db, env.sites, after, now);
    for (const policy of braked ? [] : page) {
      if (context.stopping.aborted) return restMs;
      try {
        removed += await tidyTenant(context, policy, now);
      } catch (error) {
        log.error({ err: error, tenant: policy.tenantId }, "tenant not tidied");
      }
    }
    await proveSums(context, page, now);
    const last = page.at(-1);
    if (!last) break;
    after = last.tenantId;
  }
  await proveBytes(context, now);
  await endEmptyIncidents(db);
  if (braked) return restMs;
  removed += await again(context, () => forgetAudit(db, now), 1000);
  removed += await forgetPlatformRows(db, now);
  if (removed > 0) log.info({ removed, ms: Date.now() - began }, "tidied");
  return restMs;
}

/** After a jump of the clock nothing is deleted; the platform's people are told once, and again when it is over. */
async function clockBraked({ db, log }: WorkerContext, now: Date): Promise<boolean> {
  const clock = await seeClock(db, now);
  if (!clock.brakedAt) {
    await resolveAlert(db, "clock");
    return false;
  }
  const from = clock.jumpedFrom?.toISOString() ?? "";
  const text = `The database's clock jumped from ${from} to ${clock.brakedAt.toISOString()}. Mailferry deletes no old mail for now.`;
  log.warn({ from, to: clock.brakedAt, steadySeconds: clock.steadySeconds }, "the clock jumped: nothing is tidied");
  await raiseAlert(db, { cause: "clock", kind: "clock", tenantId: null, text });
  return true;
}

/** One tenant's round. */
export async function tidyTenant(context: TenantContext, policy: TenantPolicy, now: Date): Promise<number> {
  const { db, workerId, name } = context;
  const { tenantId } = policy;
  const scope = mintScope(db, tenantId, { kind: "worker", workerId, name });
  if (policy.erase) {
    let pieces = 0;
    while (!context.stopping.aborted && pieces < 10_000 && !(await eraseTenantPiece(db, tenantId, now))) pieces += 1;
    return pieces;
  }
  let removed = 0;
  await announceExpiry(scope, policy, now);
  removed += await again(context, () => expireAnnounced(scope, policy, now), 100);
  await again(
    context,
    async () => {
      const { looked, erased } = await eraseBodies(scope, policy.deliveredHours, now);
      removed += erased;
      return looked;
    },
    50,
  );
  removed += await again(context, () => forgetMail(scope, now), 200);
  removed += await again(context, () => removeIncomplete(scope, now), 20);
  removed += await again(context, () => forgetIdentities(scope, now), 1000);
  removed += await again(context, () => forgetProbes(scope, now), 100);
  return removed;
}

/** Batch after batch until one is not full. */
async function again(
  { stopping }: Pick<WorkerContext, "stopping">,
  batch: () => Promise<number>,
  full: number,
): Promise<number> {
  let all = 0;
  for (let n = 0; n < inARow && !stopping.aborted; n += 1) {
    const here = await batch();
    all += here;
    if (here < full) break;
  }
  return all;
}
