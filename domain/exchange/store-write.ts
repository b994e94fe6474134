// Writes the Exchange server: settings, sealed password, lane and audit entry become true together.
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { changesBetween, writeAudit } from "@/domain/audit/write";
import { laneAfterSettingsChange, pauseLane, resumeLane, tryAllNow } from "@/domain/lane/control";
import { proofOfWay } from "@/domain/probe/arrived";
import type { TriedAll } from "@/domain/queue/tried";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { putSecret, removeSecret } from "@/domain/secret/store";
import { Conflict, Refusal } from "@/lib/errors";
import { Prisma } from "@/prisma/client/client";
import { passwordNeededAgain } from "./password-again";
import type { ExchangeEdit, ExchangeSettings } from "./schema";
import { type ExchangeView, exchangeIn } from "./store";
import { rowOfSettings } from "./store-row";

export interface WriteOptions {
  /** a newly typed password; absent or empty keeps the stored one */
  password?: string | undefined;
  forgetPassword?: boolean | undefined;
  /** the version that the writer saw, 0 for "none yet"; absent: whatever is stored (import) */
  expectedVersion?: number | undefined;
  /** who, as pages show it */
  by: string;
}

export interface Written {
  id: string;
  changes: Record<string, { from: unknown; to: unknown } | "changed">;
  version: number;
  /** sentences to show; nothing was refused because of them */
  warnings: string[];
}

/** Makes or updates server and lane in the caller's transaction. Nothing is written when nothing changes. */
export async function writeExchange(
  tx: Tx,
  scope: TenantScope,
  settings: ExchangeSettings,
  options: WriteOptions,
): Promise<Written> {
  const site = await lockTenant(tx, scope);
  const before = await exchangeIn(tx, scope);
  if (options.expectedVersion !== undefined && options.expectedVersion !== (before?.version ?? 0))
    throw new Conflict(before?.updatedBy ?? "", before?.updatedAt ?? new Date());
  const secret = secretStep(before, settings, options);
  const changes: Written["changes"] = changesBetween(before?.settings ?? emptyBefore, settings);
  if (secret !== "keep") changes.password = "changed";
  const warnings = await sameServerWarning(tx, settings);
  if (before && Object.keys(changes).length === 0) return { id: before.id, changes, version: before.version, warnings };

  const id = await writeRow(tx, scope, before, settings, options.by);
  const sql = sqlOfPrisma(tx);
  if (secret === "put") await putSecret(sql, scope, id, "password", options.password ?? "");
  if (secret === "remove") await removeSecret(sql, scope, id, "password");
  await settleLane(tx, scope, { id, site, before, settings });
  await writeAudit(tx, scope, { action: "exchange.save", target: settings.host, targetId: id, changes });
  return { id, changes, version: (before?.version ?? 0) + 1, warnings };
}

/** What the page's Save does. A user name without any password is refused here; import has its own words for that. */
export const saveExchange = (scope: TenantScope, edit: ExchangeEdit): Promise<Written> =>
  inTenant(scope, async (tx) => {
    const { password, forgetPassword, version, ...settings } = edit;
    const stored = (await exchangeIn(tx, scope))?.hasPassword && !forgetPassword;
    if (settings.username !== "" && !password && !stored)
      throw new Refusal("Nothing was saved.", {
        password: `User name ${settings.username} needs its password. Give it, or empty User name.`,
      });
    return writeExchange(tx, scope, settings, {
      password,
      forgetPassword,
      expectedVersion: version,
      by: scope.actor.name,
    });
  });

/** Pins the certificate that the lane stopped at. With a stored password it is given again: it would go to this certificate. */
export const trustCertificate = (scope: TenantScope, fingerprint: string, password?: string): Promise<Written> =>
  inTenant(scope, async (tx) => {
    await lockTenant(tx, scope);
    const now = await exchangeIn(tx, scope);
    if (!now || !/^[0-9a-f]{64}$/.test(fingerprint) || shownFingerprint(now) !== fingerprint)
      throw new Refusal(
        "The server shows another certificate by now. Nothing was trusted: look at the new one and decide again.",
      );
    const settings = { ...now.settings, certificate: `sha256:${fingerprint}` };
    return writeExchange(tx, scope, settings, { password, expectedVersion: now.version, by: scope.actor.name });
  });

const shown = z.object({ fingerprint: z.string() });

/** Of the certificate that the server showed last: the one that stopped the lane, if one did. */
function shownFingerprint({ lane }: ExchangeView): string | undefined {
  const stoppedAt = z.object({ seen: shown }).safeParse(lane.certificateChange);
  return stoppedAt.success ? stoppedAt.data.seen.fingerprint : shown.safeParse(lane.certificate).data?.fingerprint;
}

/** Pausing and resuming are settings too (`paused` in the configuration file), so they bump the version. */
export const pauseExchange = (scope: TenantScope, paused: boolean): Promise<Written> =>
  inTenant(scope, async (tx) => {
    // Before the settings are read: what somebody saves meanwhile would be written back to what it was.
    await lockTenant(tx, scope);
    const now = await exchangeIn(tx, scope);
    if (!now) throw new Refusal("There is no Exchange server yet: save its settings first.");
    return writeExchange(tx, scope, { ...now.settings, paused }, { by: scope.actor.name });
  });

/** One writer of a tenant's settings at a time; foreign keys to the tenant are not held up by this lock. */
export async function lockTenant(tx: Tx, scope: TenantScope): Promise<string> {
  const rows = await tx.$queryRaw<{ site: string }[]>`
    select site from tenant where id = ${scope.tenantId}::uuid for no key update`;
  const site = rows[0]?.site;
  if (site === undefined) throw new Refusal("This company is not there any more.");
  return site;
}

const emptyBefore = {} as Partial<ExchangeSettings>;

/** What happens to the stored password: a stored secret is used only where it was saved for. */
function secretStep(before: ExchangeView | null, settings: ExchangeSettings, options: WriteOptions) {
  if (options.password && settings.username === "")
    throw new Refusal("Nothing was saved.", {
      password: "A password needs its user name. Fill in User name, or leave the password empty.",
    });
  if (options.password) return "put";
  if (!before?.hasPassword) return "keep";
  if (options.forgetPassword || settings.username === "") return "remove";
  const again = passwordNeededAgain(before.settings, settings);
  if (again.length === 0) return "keep";
  throw new Refusal("Nothing was saved.", {
    password: `${again.map((field) => labels[field] ?? field).join(" and ")} changed: give the password again.`,
  });
}

const labels: Partial<Record<keyof ExchangeSettings, string>> = {
  host: "Exchange Server",
  port: "IP port number",
  username: "User name",
  tls: "Encryption",
  oldestTls: "Oldest TLS",
  certificate: "Certificate",
  certificateName: "Name on the certificate",
};

async function writeRow(
  tx: Tx,
  scope: TenantScope,
  before: ExchangeView | null,
  settings: ExchangeSettings,
  by: string,
): Promise<string> {
  const { tenantId } = scope;
  const data = { ...rowOfSettings(settings), updatedBy: by };
  if (!before) {
    const proof = await proofOfWay(tx, scope, settings, null);
    return (await tx.exchange.create({ data: { ...data, ...proof, tenantId } })).id;
  }
  const asked = (["host", "port", "postmaster"] as const).some((key) => before.settings[key] !== settings[key]);
  await tx.exchange.update({
    where: { tenantId_id: { tenantId, id: before.id } },
    data: {
      ...data,
      version: before.version + 1,
      updatedAt: new Date(),
      // What the last test found out about unknown addresses was found out about another server; so was who reads its mail.
      ...(asked ? { acceptsUnknown: null, ...(await proofOfWay(tx, scope, settings, before.updatedAt)) } : {}),
    },
  });
  return before.id;
}

interface LaneStep {
  id: string;
  site: string;
  before: ExchangeView | null;
  settings: ExchangeSettings;
}

/** New settings deserve a new try: the breaker closes, unless people paused the lane. */
async function settleLane(tx: Tx, scope: TenantScope, { id, site, before, settings }: LaneStep): Promise<void> {
  const sql = sqlOfPrisma(tx);
  if (before && before.lane.state === "paused" && !settings.paused) await resumeLane(scope, sql);
  await laneAfterSettingsChange(sql, scope.tenantId, id);
  if (settings.paused && before?.lane.state !== "paused")
    await pauseLane(scope, `${scope.actor.name} paused it. Mail is collected and waits.`, sql);
  const elsewhere = before?.settings.host !== settings.host || before.settings.port !== settings.port;
  await tx.lane.update({
    where: { tenantId_exchangeId: { tenantId: scope.tenantId, exchangeId: id } },
    // A certificate that another server showed says nothing about this one.
    data: { site, ...(elsewhere ? { certificate: Prisma.DbNull } : {}) },
  });
}

/** Two tenants of one site with the same private address: it may be another company's server. */
async function sameServerWarning(tx: Tx, settings: ExchangeSettings): Promise<string[]> {
  if (!isPrivate(settings.host)) return [];
  const rows = await tx.$queryRaw<{ same: boolean }[]>`
    select portal_same_server(${settings.host}, ${settings.port}::int) as same`;
  return rows[0]?.same
    ? [
        `Another company here uses ${settings.host}:${settings.port} too. A private address means a server of its own in each network: make sure that this one is yours.`,
      ]
    : [];
}

const isPrivate = (host: string): boolean =>
  ipaddr.isValid(host) && ipaddr.process(host).range() !== "unicast"
    ? true
    : !host.includes(".") && !host.includes(":");

/** *Try all now*: the retry interval is ignored once. Says which mails are due by it. */
export const tryAll = (scope: TenantScope): Promise<TriedAll> =>
  inTenant(scope, async (tx) => {
    const tried = await tryAllNow(scope, sqlOfPrisma(tx));
    await writeAudit(tx, scope, { action: "exchange.try-all-now" });
    return tried;
  });
