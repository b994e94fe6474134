// The ledger job, a part of tidy: the sum of every tenant in its turn, and of their stored bytes a sample that moves on.
import { checkBytes, checkSums, type Limits } from "@/domain/ledger/check";
import { claimProof } from "@/domain/ledger/proof";
import { holds } from "@/domain/ledger/sum";
import type { TenantPolicy } from "@/domain/retention/platform";
import { mintScope } from "@/domain/scope-mint";
import { wordsOf } from "@/lib/errors";
import { databaseAway } from "./loop";
import type { WorkerContext } from "./room";

/** Of one tenant in one round, about ten minutes apart: some 9 GB a day. */
const perTenant: Limits = { bodies: 500, octets: 64 * 1024 * 1024, ms: 5000 };
/** Of all tenants together. Whoever was left out is the first in the next round. */
const perRound = { octets: 1024 * 1024 * 1024, ms: 60_000 };

export async function proveSums({ db, log }: WorkerContext, page: TenantPolicy[], now: Date): Promise<void> {
  const tenants = page.filter(({ erase }) => !erase).map(({ tenantId }) => tenantId);
  if (tenants.length === 0) return;
  for (const [tenantId, sum] of await checkSums(db, tenants, now))
    if (!holds(sum)) log.error({ tenant: tenantId, ...sum }, "the sum does not hold");
}

export async function proveBytes(context: WorkerContext, now: Date): Promise<void> {
  const { db, env, log, stopping, workerId, name } = context;
  const until = Date.now() + perRound.ms;
  let octets = 0;
  while (!stopping.aborted && octets < perRound.octets && Date.now() < until) {
    const tenantId = await claimProof(db, env.sites, now);
    if (!tenantId) return;
    try {
      const scope = mintScope(db, tenantId, { kind: "worker", workerId, name });
      const found = await checkBytes(scope, now, perTenant, stopping);
      octets += found.octets;
      if (found.wrong > 0) log.error({ tenant: tenantId, ...found }, "stored bytes are wrong");
    } catch (error) {
      if (databaseAway(error)) throw error;
      log.error({ tenant: tenantId, error: wordsOf(error) }, "stored bytes not checked");
    }
  }
}
