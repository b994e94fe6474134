// Writes the Exchange server: settings, sealed password, lane and audit entry become true together.
import ipaddr from "ipaddr.js";
import { changesBetween, writeAudit } from "@/domain/audit/write";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { putSecret, removeSecret } from "@/domain/secret/store";
import { Conflict, Refusal } from "@/lib/errors";
import { type ExchangeEdit, type ExchangeSettings, passwordNeededAgain } from "./schema";
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
    const now = await exchangeIn(tx, scope);
    const seen = JSON.stringify([now?.lane.certificateChange ?? null, now?.lane.certificate ?? null]);
    if (!now || !/^[0-9a-f]{64}$/.test(fingerprint) || !seen.includes(`"${fingerprint}"`))
      throw new Refusal(
        "The server shows another certificate by now. Nothing was trusted: look at the new one and decide again.",
      );
    const settings = { ...now.settings, certificate: `sha256:${fingerprint}` };
    return writeExchange(tx, scope, settings, { password, expectedVersion: now.version, by: scope.actor.name });
  });

/** Pausing and resuming are settings too (`paused` in the configuration file), so they bump the version. */
export const pauseExchange = (scope: TenantScope, paused: boolean): Promise<Written> =>
  inTenant(scope, async (tx) => {
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
  if (!before) return (await tx.exchange.create({ data: { ...data, tenantId } })).id;
  const asked = (["host", "port", "postmaster"] as const).some((key) => before.settings[key] !== settings[key]);
  await tx.exchange.update({
    where: { tenantId_id: { tenantId, id: before.id } },
    data: {
      ...data,
      version: before.version + 1,
      updatedAt: new Date(),
      // What the last test found out about unknown addresses was found out about another server.
      ...(asked ? { acceptsUnknown: null } : {}),
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
  const state = settings.paused ? "paused" : "closed";
  if (!before) {
    await tx.lane.create({
      data: { tenantId: scope.tenantId, exchangeId: id, site, state, dueAt: settings.paused ? null : new Date() },
    });
    return;
  }
  const elsewhere = before.settings.host !== settings.host || before.settings.port !== settings.port;
  const trusted = elsewhere || before.settings.certificate !== settings.certificate;
  // The "give up after" clock: its running part is added up when the lane stops working, and begins anew when it works.
  await tx.$executeRaw`
    update lane l set
      site = ${site},
      since = case when state = ${state} then since else now() end,
      working_base = case when ${settings.paused} and working_since is not null
        then working_base + greatest(0, coalesce(c.running_seconds, working_since) - working_since) else working_base end,
      working_since = case when ${settings.paused} then null else coalesce(working_since, c.running_seconds, 0) end,
      state = ${state}, reason_kind = null, reason = null, next_try_at = null,
      due_at = case when ${settings.paused} then null else now() end,
      unreachable_since = case when ${elsewhere} then null else unreachable_since end,
      refusal_key = null, refusals = '[]', cut_mail_id = null, cut_count = 0,
      cap = case when ${elsewhere} then null else cap end,
      pace_per_minute = case when ${elsewhere} then null else pace_per_minute end,
      starttls_seen = starttls_seen and not ${elsewhere},
      greets_us = case when ${elsewhere} then null else greets_us end,
      certificate = case when ${elsewhere} then null else certificate end,
      certificate_change = case when ${trusted} then null else certificate_change end,
      warning = null
    from (select max(running_seconds) as running_seconds from site_clock where site = ${site}) c
    where l.tenant_id = ${scope.tenantId}::uuid and l.exchange_id = ${id}::uuid`;
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
