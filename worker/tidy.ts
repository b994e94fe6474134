// Tidy: keeps what is promised to be kept, removes what is promised to be removed, in small pieces, and does the ledger job.
import { raiseAlert, resolveAlert } from "@/domain/alert/store";
import { endEmptyIncidents } from "@/domain/mailbox/incident";
import { type ClockState, databaseNow, seeClock } from "@/domain/retention/clock";
import { announceExpiry, expireAnnounced } from "@/domain/retention/expire";
import { eraseBodies, forgetIdentities, forgetMail, forgetProbes, removeIncomplete } from "@/domain/retention/mail";
import {
  claimTenants,
  eraseTenantPiece,
  forgetAudit,
  forgetPlatformRows,
  type TenantPolicy,
  tidiedAtOnce,
  tidyAgain,
} from "@/domain/retention/platform";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import { proveBytes, proveSums } from "./ledger";
import type { Room, WorkerContext } from "./room";

type TenantContext = Pick<WorkerContext, "db" | "workerId" | "name" | "stopping">;

const restMs = 10 * 60_000;
/** When a tenant has more than was its turn. */
const soonMs = 60_000;
/** Batches of one kind in a row: a large company does not keep the others from being tidied. */
const inARow = 50;

export const tidyRoom: Room = makeTidyRoom(databaseNow);

/** All of retention goes by one clock, the database's; tests give another. */
export function makeTidyRoom(now: (db: Db) => Promise<Date>): Room {
  let platformAt = Date.now();
  let soon = false;
  return {
    name: "tidy",
    async step(context) {
      const at = await now(context.db);
      const began = Date.now();
      const jump = await clockBraked(context, at);
      const { page, ...done } = await tidySome(context, at, jump !== null);
      soon ||= done.more;
      let { removed } = done;
      const last = page < tidiedAtOnce;
      // Also in the midst of so many tenants that some are always due.
      if ((last || began - platformAt > restMs) && !context.stopping.aborted) {
        removed += await tidyPlatform(context, at, jump);
        platformAt = began;
      }
      if (removed > 0) context.log.info({ removed, ms: Date.now() - began }, "tidied");
      if (!last) return 0;
      const rest = soon ? soonMs : restMs;
      soon = false;
      return rest;
    },
  };
}

/** The tenants that are due, some in each step, and no other worker's. */
async function tidySome(context: WorkerContext, now: Date, braked: boolean) {
  const { db, env, log } = context;
  const page = await claimTenants(db, env.sites, now);
  const unfinished: string[] = [];
  let removed = 0;
  for (const policy of braked ? [] : page) {
    if (context.stopping.aborted) break;
    try {
      const done = await tidyTenant(context, policy, now);
      removed += done.removed;
      if (done.more) unfinished.push(policy.tenantId);
    } catch (error) {
      log.error({ err: error, tenant: policy.tenantId }, "tenant not tidied");
    }
  }
  if (unfinished.length > 0) await tidyAgain(db, unfinished);
  if (!context.stopping.aborted) await proveSums(context, page, now);
  return { page: page.length, removed, more: unfinished.length > 0 };
}

/** What is no tenant's own, and whose stored bytes are read back next. */
async function tidyPlatform(context: WorkerContext, now: Date, jump: ClockState | null): Promise<number> {
  const { db, log } = context;
  await proveBytes(context, now);
  await endEmptyIncidents(db);
  if (jump) {
    const { jumpedFrom, brakedAt, steadySeconds } = jump;
    log.warn({ from: jumpedFrom, to: brakedAt, steadySeconds }, "the clock jumped: nothing is tidied");
    return 0;
  }
  const { all } = await again(context, () => forgetAudit(db, now), 1000);
  return all + (await forgetPlatformRows(db, now));
}

/** After a jump of the clock nothing is deleted; the platform's people are told once, and again when it is over. */
async function clockBraked({ db }: WorkerContext, now: Date): Promise<ClockState | null> {
  const clock = await seeClock(db, now);
  if (!clock.brakedAt) {
    await resolveAlert(db, "clock");
    return null;
  }
  const from = clock.jumpedFrom?.toISOString() ?? "";
  const text = `The database's clock jumped from ${from} to ${clock.brakedAt.toISOString()}. Mailferry deletes no old mail for now.`;
  await raiseAlert(db, { cause: "clock", kind: "clock", tenantId: null, text });
  return clock;
}

/** One tenant's turn. `more`: it ended before all was done that there is. */
export async function tidyTenant(
  context: TenantContext,
  policy: TenantPolicy,
  now: Date,
): Promise<{ removed: number; more: boolean }> {
  const { db, workerId, name } = context;
  const { tenantId } = policy;
  const scope = mintScope(db, tenantId, { kind: "worker", workerId, name });
  if (policy.erase) return eraseTenant(context, tenantId, now);
  await announceExpiry(scope, policy, now);
  let erased = 0;
  const eraseSome = async () => {
    const batch = await eraseBodies(scope, policy.deliveredHours, now);
    erased += batch.erased;
    return batch.more ? 1 : 0;
  };
  const expired = await again(context, () => expireAnnounced(scope, policy, now), 100);
  const bodies = await again(context, eraseSome, 1);
  const rest = [
    await again(context, () => forgetMail(scope, now), 200),
    await again(context, () => removeIncomplete(scope, now), 20),
    await again(context, () => forgetIdentities(scope, now), 1000),
    await again(context, () => forgetProbes(scope, now), 100),
  ];
  return {
    removed: [expired, ...rest].reduce((sum, { all }) => sum + all, erased),
    more: [expired, bodies, ...rest].some(({ more }) => more),
  };
}

async function eraseTenant({ db, stopping }: TenantContext, tenantId: string, now: Date) {
  let removed = 0;
  for (; removed < 10_000 && !stopping.aborted; removed += 1)
    if (await eraseTenantPiece(db, tenantId, now)) return { removed, more: false };
  return { removed, more: true };
}

/** Batch after batch until one is not full, or there were so many that it is others' turn. */
async function again(
  { stopping }: Pick<WorkerContext, "stopping">,
  batch: () => Promise<number>,
  full: number,
): Promise<{ all: number; more: boolean }> {
  let all = 0;
  for (let n = 0; n < inARow && !stopping.aborted; n += 1) {
    const here = await batch();
    all += here;
    if (here < full) return { all, more: false };
  }
  return { all, more: true };
}
