// The tenant's Exchange server as pages see it: settings, whether a password is stored, and how its lane is doing.
import { bounded } from "@/domain/queue/bounded";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { hasSecret } from "@/domain/secret/store";
import type { Lane } from "@/prisma/client/client";
import type { ExchangeSettings } from "./schema";
import { settingsOfRow } from "./store-row";

export interface LaneView {
  state: "closed" | "open" | "half-open" | "paused";
  reasonKind: string | null;
  reason: string | null;
  since: Date;
  dueAt: Date | null;
  nextTryAt: Date | null;
  greetsUs: string | null;
  /** CertificateFacts of the last connection, as the worker wrote them */
  certificate: unknown;
  certificateChange: unknown;
  /** limits of the server's that were met; null: none */
  pacePerMinute: number | null;
  cap: number | null;
  warning: string | null;
  starttlsSeen: boolean;
  lastAcceptedAt: Date | null;
  connections: number;
  /** the longest wait for an answer to a mail's end that goes on now */
  answerAwaitedSince: Date | null;
  waiting: number;
}

export interface ExchangeView {
  id: string;
  settings: ExchangeSettings;
  hasPassword: boolean;
  acceptsUnknown: boolean | null;
  /** somebody typed the code of a mail that this postmaster got by this server; null: nobody did */
  postmasterProved: { at: Date; by: string } | null;
  version: number;
  updatedAt: Date;
  updatedBy: string;
  lane: LaneView;
}

/** The first (and in this version only) server of the tenant; null before it is set up. */
export const readExchange = (scope: TenantScope): Promise<ExchangeView | null> =>
  inTenant(scope, (tx) => exchangeIn(tx, scope));

/** The same inside a transaction: import, and whoever decides by what is stored. */
export async function exchangeIn(tx: Tx, scope: TenantScope): Promise<ExchangeView | null> {
  const { tenantId } = scope;
  const row = await tx.exchange.findFirst({ where: { tenantId } });
  if (!row) return null;
  const lane = await tx.lane.findUniqueOrThrow({ where: { tenantId_exchangeId: { tenantId, exchangeId: row.id } } });
  return {
    id: row.id,
    settings: settingsOfRow(row, lane.state === "paused"),
    hasPassword: await hasSecret(sqlOfPrisma(tx), scope, row.id, "password"),
    acceptsUnknown: row.acceptsUnknown,
    postmasterProved: row.postmasterProvedAt && { at: row.postmasterProvedAt, by: row.postmasterProvedBy ?? "" },
    version: row.version,
    updatedAt: row.updatedAt,
    updatedBy: row.updatedBy,
    lane: await laneView(tx, scope, lane),
  };
}

async function laneView(tx: Tx, scope: TenantScope, lane: Lane): Promise<LaneView> {
  const { tenantId } = scope;
  const slots = await tx.$queryRaw<{ connections: number; awaited: Date | null }[]>`
    select count(*)::int as connections, min(answer_awaited_since) as awaited from lane_slot
    where tenant_id = ${tenantId}::uuid and exchange_id = ${lane.exchangeId}::uuid and lease_until > now()`;
  const [waits] = await tx.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from (select from mail where tenant_id = ${tenantId}::uuid and place = 'waiting'
      limit ${bounded}) found`;
  return {
    // The column's check constraint holds exactly these four.
    state: lane.state as LaneView["state"],
    reasonKind: lane.reasonKind,
    reason: lane.reason,
    since: lane.since,
    dueAt: lane.dueAt,
    nextTryAt: lane.nextTryAt,
    greetsUs: lane.greetsUs,
    certificate: lane.certificate,
    certificateChange: lane.certificateChange,
    pacePerMinute: lane.pacePerMinute,
    cap: lane.cap,
    warning: lane.warning,
    starttlsSeen: lane.starttlsSeen,
    lastAcceptedAt: lane.lastAcceptedAt,
    connections: slots[0]?.connections ?? 0,
    answerAwaitedSince: slots[0]?.awaited ?? null,
    waiting: waits?.n ?? 0,
  };
}

/** What an empty HELO Domain stands for: the name of the newest beating worker of the tenant's site; null when none beats. */
export async function workerNameOf(scope: TenantScope): Promise<string | null> {
  const rows = await inTenant(
    scope,
    (tx) => tx.$queryRaw<{ name: string }[]>`
      select w.name from worker w join tenant t on t.site = any (w.sites)
      where t.id = ${scope.tenantId}::uuid and not w.stopping and w.beat_at > now() - interval '2 minutes'
      order by w.started_at desc limit 1`,
  );
  return rows[0]?.name ?? null;
}
