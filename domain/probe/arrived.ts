// Arrived? The test's last step: the code in the subject of the mail that travels like a notice, typed on the page, proves that
// somebody reads what this server takes for this postmaster. What was tested is proved, saved or not; only what is saved counts.
import { createHash, randomInt, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { writeAudit } from "@/domain/audit/write";
import type { ExchangeSettings } from "@/domain/exchange/schema";
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import type { ClaimedProbe } from "./run";

type Way = Pick<ExchangeSettings, "host" | "port" | "postmaster">;

/** Wrong codes: for one mail, and for all of a tenant's in a day. A guess of six digits is right once in a million. */
const mostTries = 5;
const mostTriesADay = 30;
const codeHours = 24;

export const newCode = (): string => String(randomInt(1_000_000)).padStart(6, "0");

const hashOf = (probeId: string, code: string): string =>
  createHash("sha256").update(`${probeId} ${code}`).digest("hex");

/** Before the mail goes: it may arrive even where its answer was lost. The code itself is nowhere but in the mail. */
export async function rememberCode(db: Db, probe: ClaimedProbe, code: string): Promise<void> {
  await db.pool.query(
    "update probe set code_hash = $4 where tenant_id = $1::uuid and id = $2::uuid and lease_token = $3::uuid",
    [probe.tenantId, probe.id, probe.token, hashOf(probe.id, code)],
  );
}

export const arrivedInput = z.strictObject({
  /** the test */
  id: z.uuid(),
  code: z
    .string()
    .max(40)
    .transform((text) => text.replace(/\D/g, ""))
    .refine(
      (digits) => digits.length === 6,
      "The code has six digits: it stands at the beginning of the mail's subject.",
    ),
});

export interface Proved extends Way {
  /** these are the saved values, so that it counts from now on */
  saved: boolean;
}

/** Throws a Refusal for a wrong code; the try is counted all the same. */
export async function proveArrival(scope: TenantScope, id: string, code: string): Promise<Proved> {
  const tried = await inTenant(scope, (tx) => tryCode(tx, scope, id, code));
  if ("wrong" in tried) throw new Refusal("Nothing was confirmed.", { code: tried.wrong });
  return tried;
}

async function tryCode(tx: Tx, scope: TenantScope, id: string, code: string): Promise<Proved | { wrong: string }> {
  const { tenantId } = scope;
  // One try at a time, so that the count holds.
  await tx.$queryRaw`select 1 from tenant where id = ${tenantId}::uuid for no key update`;
  const row = await tx.probe.findUnique({ where: { tenantId_id: { tenantId, id } } });
  const open = await tx.$queryRaw<{ fresh: boolean; tries: number }[]>`
    select coalesce(bool_or(id = ${id}::uuid and code_hash is not null), false) as fresh,
      coalesce(sum(code_tries), 0)::int as tries
    from probe where tenant_id = ${tenantId}::uuid and requested_at > now() - make_interval(hours => ${codeHours}::int)`;
  if (!row?.codeHash || !open[0]?.fresh)
    return { wrong: "This test is over a day old, or sent no code. Test again: the next mail brings a new one." };
  if (row.codeTries >= mostTries)
    return { wrong: `${mostTries} wrong codes were typed for this mail. Test again: the next one brings a new code.` };
  if (open[0].tries >= mostTriesADay)
    return { wrong: `${mostTriesADay} wrong codes were typed within a day. Try again tomorrow.` };
  // Written by askProbe from the noun's own schema.
  const { settings } = row.input as unknown as { settings: Way };
  const way = { host: settings.host, port: settings.port, postmaster: settings.postmaster };
  if (!timingSafeEqual(Buffer.from(row.codeHash), Buffer.from(hashOf(id, code)))) {
    await tx.probe.update({ where: { tenantId_id: { tenantId, id } }, data: { codeTries: { increment: 1 } } });
    const left = mostTries - row.codeTries - 1;
    const more = left === 0 ? "Test again for a new one." : left === 1 ? "One more try." : `${left} more tries.`;
    return { wrong: `That is not the code of the mail to ${way.postmaster}. ${more}` };
  }
  return { ...way, saved: await proved(tx, scope, id, way) };
}

async function proved(tx: Tx, scope: TenantScope, id: string, way: Way): Promise<boolean> {
  const { tenantId } = scope;
  const [by, at] = [scope.actor.name, new Date()];
  await tx.probe.update({ where: { tenantId_id: { tenantId, id } }, data: { provedAt: at, provedBy: by } });
  const saved = await tx.exchange.updateMany({
    where: { tenantId, ...way },
    data: { postmasterProvedAt: at, postmasterProvedBy: by },
  });
  await writeAudit(tx, scope, { action: "exchange.prove-postmaster", target: way.postmaster, targetId: id });
  return saved.count > 0;
}

/**
 * What becomes of the proof when these values are saved: that of a test with exactly them, made since the last save. An older
 * one was for a server or an address that has been another one meanwhile.
 */
export async function proofOfWay(tx: Tx, scope: TenantScope, way: Way, since: Date | null) {
  const rows = await tx.$queryRaw<{ at: Date; by: string }[]>`
    select proved_at as at, proved_by as by from probe
    where tenant_id = ${scope.tenantId}::uuid and kind = 'exchange' and proved_at > ${since ?? new Date(0)}::timestamptz
      and input -> 'settings' ->> 'host' = ${way.host} and input -> 'settings' ->> 'port' = ${String(way.port)}
      and input -> 'settings' ->> 'postmaster' = ${way.postmaster}
    order by proved_at desc limit 1`;
  return { postmasterProvedAt: rows[0]?.at ?? null, postmasterProvedBy: rows[0]?.by ?? null };
}

export interface OpenCode {
  /** the test whose mail is on its way */
  id: string;
  sentAt: Date;
}

/** The newest test of the saved values whose code can still be typed: for who comes back to the page. */
export const openCode = (scope: TenantScope, way: Way): Promise<OpenCode | null> =>
  inTenant(scope, async (tx) => {
    const rows = await tx.$queryRaw<OpenCode[]>`
      select id, requested_at as "sentAt" from probe
      where tenant_id = ${scope.tenantId}::uuid and kind = 'exchange' and code_hash is not null and proved_at is null
        and code_tries < ${mostTries}::int and requested_at > now() - make_interval(hours => ${codeHours}::int)
        and verdict -> 'facts' ->> 'noticeTaken' = 'true'
        and input -> 'settings' ->> 'host' = ${way.host} and input -> 'settings' ->> 'port' = ${String(way.port)}
        and input -> 'settings' ->> 'postmaster' = ${way.postmaster}
      order by requested_at desc limit 1`;
    return rows[0] ?? null;
  });
