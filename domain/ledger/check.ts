// The ledger job, step by step: the sum of many tenants in one snapshot, and the stored bytes of one tenant within limits.
// It finds and tells, and never mends: a body that is wrong is a person's matter.
import { raiseAlert, resolveAlerts } from "@/domain/alert/store";
import type { StoredBody } from "@/domain/message/body-proof";
import { sqlOf, type TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { checkBody } from "./bytes";
import { clearFault, dropFaults, knownFaults, noteFault, undelivered } from "./faults";
import { reachedBy, recordRun, recordSums } from "./proof";
import { fromSnapshot } from "./snapshot";
import { holds, placesTotal, type Sum, sumsIn } from "./sum";
import { tellFaults } from "./tell";

/** The sum always holds; where it does not, people hear of it with the numbers. */
export async function checkSums(db: Db, tenantIds: string[], now: Date): Promise<Map<string, Sum>> {
  const sums = await fromSnapshot(db, (sql) => sumsIn(sql, tenantIds));
  const results = [...sums].map(([tenantId, sum]) => ({ tenantId, holds: holds(sum) }));
  // All at once: nearly every tenant's sum holds, and has no alert.
  await resolveAlerts(
    db,
    results.filter((one) => one.holds).map(({ tenantId }) => causeOf(tenantId)),
  );
  for (const [tenantId, sum] of sums) {
    if (holds(sum)) continue;
    const text = `The count of a company's mail does not add up: collected ${sum.collected}, but ${placesTotal(sum)} in all places.`;
    await raiseAlert(db, { cause: causeOf(tenantId), kind: "sum", tenantId, text, facts: { ...sum } });
  }
  await recordSums(sqlOf(db.pool), results, now);
  return sums;
}

const causeOf = (tenantId: string): string => `sum:${tenantId}`;

/** A run ends at the first of these; the body that is under way is read to its end. */
export interface Limits {
  bodies: number;
  octets: number;
  ms: number;
}
const boundless: Limits = {
  bodies: Number.POSITIVE_INFINITY,
  octets: Number.POSITIVE_INFINITY,
  ms: Number.POSITIVE_INFINITY,
};
const againFirst = 20;
const againShare = 0.25;
const remembered = 1000;
const perRead = 100;

export interface BytesResult {
  bodies: number;
  octets: number;
  /** mails whose bytes are wrong now, also those that earlier runs found */
  wrong: number;
}

/**
 * Reads stored bodies of undelivered mail back: first those known to be wrong, then on from where the last run ended, in
 * the order of arrival, so that every body comes around. `limits: "all"` begins at the first and ends at the last there is.
 */
export async function checkBytes(
  scope: TenantScope,
  now: Date,
  limits: Limits | "all",
  stopping?: AbortSignal,
): Promise<BytesResult> {
  const run = new Run(scope, now, limits === "all" ? boundless : limits, stopping);
  const from = limits === "all" ? 0 : await reachedBy(scope);
  const last = await lastNumber(scope);
  if (limits !== "all") await again(run);
  const reached = await onward(run, from, last);
  await dropFaults(scope);
  const wrong = await tellFaults(scope);
  // Told to stop before it read anything: nothing was proved.
  if (run.bodies > 0 || reached === null)
    await recordRun(scope, { now, bodies: run.bodies, octets: run.octets, from, reached });
  return { bodies: run.bodies, octets: run.octets, wrong };
}

/** What was wrong before, so that an alert ends soon after it was mended; some of it, so that the others come around too. */
async function again(run: Run): Promise<void> {
  for (const body of await knownFaults(run.scope, againFirst))
    if (run.share >= againShare || !(await run.check(body))) return;
}

/** Returns the number of the last mail that was looked at, at least one; null when there is none behind it. */
async function onward(run: Run, from: number, last: number): Promise<number | null> {
  let reached = from;
  for (;;) {
    const mails = await mailsAfter(run.scope, reached, last, perRead);
    for (const mail of mails) {
      if ((run.share >= 1 && reached > from) || !(await run.check(mail))) return reached;
      reached = mail.seq;
    }
    if (mails.length < perRead) return null;
  }
}

class Run {
  bodies = 0;
  octets = 0;
  private readonly began = Date.now();
  /** copies share a body and stand close together: once is enough */
  private readonly seen = new Set<string>();

  constructor(
    readonly scope: TenantScope,
    private readonly now: Date,
    private readonly limits: Limits,
    private readonly stopping?: AbortSignal,
  ) {}

  /** how much of the limits is used, 1 for all */
  get share(): number {
    const { bodies, octets, ms } = this.limits;
    return Math.max(this.bodies / bodies, this.octets / octets, (Date.now() - this.began) / ms);
  }

  /** False when it was told to stop in the middle. */
  async check(body: StoredBody): Promise<boolean> {
    if (this.stopping?.aborted) return false;
    if (this.seen.has(body.bodyId)) return true;
    const checked = await checkBody(this.scope, body, this.stopping);
    if (!checked) return !this.stopping?.aborted;
    if (this.seen.size >= remembered) this.seen.clear();
    this.seen.add(body.bodyId);
    this.bodies += 1;
    this.octets += checked.octets;
    if (checked.wrong) await noteFault(this.scope, body.bodyId, checked, this.now);
    else await clearFault(this.scope, body.bodyId);
    return true;
  }
}

const lastNumber = async (scope: TenantScope): Promise<number> => {
  const [row] = await sqlOf(scope.db.pool).query<{ last: number }>(
    "select coalesce(max(seq), 0)::float8 as last from mail where tenant_id = $1::uuid",
    [scope.tenantId],
  );
  return row?.last ?? 0;
};

/** Place by place along the index, so that a long history of delivered mail isn't read. */
const mailsAfter = (scope: TenantScope, after: number, last: number, limit: number) =>
  sqlOf(scope.db.pool).query<StoredBody & { seq: number }>(
    `select m.seq::float8 as seq, b.id as "bodyId", b.prefix_length as "prefixLength", b.canonical_hash as "canonicalHash"
     from unnest($5::text[]) as p (place)
     cross join lateral (select seq, body_id from mail where tenant_id = $1::uuid and place = p.place and seq > $2
       and seq <= $3 order by seq limit $4) m
     join body b on b.tenant_id = $1::uuid and b.id = m.body_id order by m.seq limit $4`,
    [scope.tenantId, after, last, limit, undelivered],
  );
