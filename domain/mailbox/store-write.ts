// Writes a mailbox: settings, sealed password, state and audit entry become true together. Removing is here too.
import { changesBetween, writeAudit } from "@/domain/audit/write";
import { lockTenant } from "@/domain/exchange/store-write";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { putSecret, removeSecret } from "@/domain/secret/store";
import { Conflict, Refusal } from "@/lib/errors";
import { whyNotAlong } from "./along";
import { leavePlace } from "./identity-write";
import { type MailboxEdit, type MailboxSettings, sourceOf, sourcePasswordNeededAgain } from "./schema";
import { goOnSettingUp, type SetUpPart, stopOfNew } from "./setting-up";
import { type MailboxRow, mailboxesIn, mailboxIn } from "./store";
import { askForEarlier } from "./store-effect";
import { rowOfMailbox, settled } from "./store-row";

export interface MailboxWriteOptions {
  /** a newly typed password; absent or empty keeps the stored one */
  password?: string | undefined;
  /** the version that the writer saw; absent: whatever is stored (import) */
  expectedVersion?: number | undefined;
  by: string;
  /** the moment of saving, which `start: now` stands for */
  now: Date;
  /** a new mailbox comes in stopped, with this reason (import --stopped; a missing password stops it in any case) */
  stopped?: { kind: string; reason: string } | undefined;
  /** a person gave the password that a stopped mailbox lacked: that ends the stop. Import never sets this. */
  endsMissingPassword?: boolean;
  /** where a stored password goes along although it was saved for another place: to a host that was named, or back */
  passwordGoes?: { to: string } | "back";
  /** what the audit log calls it */
  action?: string;
}

export interface MailboxWritten {
  id: string;
  changes: Record<string, { from: unknown; to: unknown } | "changed">;
  version: number;
}

/** `id` null makes a new one. Nothing is written when nothing changes. */
export async function writeMailbox(
  tx: Tx,
  scope: TenantScope,
  id: string | null,
  wanted: MailboxSettings,
  options: MailboxWriteOptions,
): Promise<MailboxWritten> {
  const site = await lockTenant(tx, scope);
  const all = await mailboxesIn(tx, scope);
  const before = id === null ? null : (all.find((row) => row.id === id) ?? null);
  if (id !== null && !before) throw new Refusal("This mailbox is not there any more: somebody removed it.");
  if (before && options.expectedVersion !== undefined && options.expectedVersion !== before.version)
    throw new Conflict(before.updatedBy, before.updatedAt);
  const settings = settled(wanted, options.now);
  refuseTwins(all, id, settings);
  const along = refuseStoredElsewhere(before, settings, options);
  // A stop outlives what a form or a file says about pausing: only a person ends it.
  if (before?.state === "stopped") settings.paused = before.settings.paused;
  const changes: MailboxWritten["changes"] = changesBetween(before?.settings ?? {}, settings);
  if (options.password) changes.password = "changed";
  if (before && along) changes.password = { from: savedFor(before.settings), to: savedFor(settings) };
  if (before && Object.keys(changes).length === 0) return { id: before.id, changes, version: before.version };

  const row = await writeRow(tx, scope, before, settings, options.by);
  if (options.password) await putSecret(sqlOfPrisma(tx), scope, row.id, "password", options.password);
  if (before) await settleState(tx, scope, before, settings, options);
  else await firstState(tx, scope, row.id, site, settings, options);
  const action = options.action ?? (before ? "mailbox.save" : "mailbox.add");
  await writeAudit(tx, scope, { action, target: settings.name, targetId: row.id, changes });
  return { id: row.id, changes, version: row.version };
}

/** What the page's Save does. `part`: the step of the setting up that is saved; absent: the whole form. */
export const saveMailbox = (
  scope: TenantScope,
  id: string | null,
  edit: MailboxEdit,
  now: Date,
  part?: SetUpPart,
): Promise<MailboxWritten> =>
  inTenant(scope, async (tx) => {
    const { password, version, ...settings } = edit;
    if (id === null && !password)
      throw new Refusal("Nothing was saved.", { password: "Password is empty: Mailferry needs it to sign in." });
    const by = scope.actor.name;
    const written = await writeMailbox(tx, scope, id, settings, {
      password,
      ...(id === null ? {} : { expectedVersion: version }),
      by,
      now,
      endsMissingPassword: true,
      ...(id === null && part ? { stopped: stopOfNew } : {}),
    });
    const row = id === null ? null : await mailboxIn(tx, scope, id);
    if (row) await goOnSettingUp(tx, scope, row, part, now);
    return written;
  });

/** Refused while mail of it waits, is held or is in BADMAIL: that mail would lose its way back. */
export async function removeMailboxIn(tx: Tx, scope: TenantScope, id: string): Promise<void> {
  const { tenantId } = scope;
  await lockTenant(tx, scope);
  const row = await mailboxIn(tx, scope, id);
  if (!row) throw new Refusal("This mailbox is not there any more: somebody removed it.");
  // Intake renews its lease in the transaction that stores mail. Either it was first, and its mail is counted, or it waits
  // here, finds no row any more and stores nothing.
  await tx.$queryRaw`
    select 1 from mailbox_state where tenant_id = ${tenantId}::uuid and mailbox_id = ${id}::uuid for update`;
  const open = await tx.mail.groupBy({
    by: ["place"],
    where: { tenantId, mailboxId: id, place: { in: ["waiting", "held", "badmail"] } },
    _count: { _all: true },
  });
  if (open.length > 0) {
    const words = { waiting: "waiting", held: "held", badmail: "in BADMAIL" } as Record<string, string>;
    const list = open.map((group) => `${group._count._all} ${words[group.place]}`).join(", ");
    throw new Refusal(
      `${row.settings.name} still has mail here (${list}). Pause it, decide on that mail, then remove it.`,
    );
  }
  await removeSecret(sqlOfPrisma(tx), scope, id, "password");
  await tx.mailbox.delete({ where: { tenantId_id: { tenantId, id } } });
  await remember(tx, scope, id, row.settings);
  await writeAudit(tx, scope, { action: "mailbox.remove", target: row.settings.name, targetId: id });
}

export const removeMailbox = (scope: TenantScope, id: string): Promise<void> =>
  inTenant(scope, (tx) => removeMailboxIn(tx, scope, id));

function refuseTwins(all: MailboxRow[], id: string | null, settings: MailboxSettings): void {
  const others = all.filter((row) => row.id !== id);
  if (others.some((row) => row.settings.name === settings.name))
    throw new Refusal("Nothing was saved.", {
      name: `There is a mailbox ${settings.name} already: choose another name.`,
    });
  const twin = others.find((row) => sourceOf(row.settings) === sourceOf(settings));
  if (twin)
    throw new Refusal("Nothing was saved.", {
      username: `${twin.settings.name} collects ${settings.username} at ${settings.host} already. Two would take each other's mail away.`,
    });
}

const labels: Partial<Record<keyof MailboxSettings, string>> = {
  host: "Host",
  port: "Port",
  username: "User name",
  tls: "Encryption",
  certificate: "Certificate",
};

const savedFor = ({ host, port }: MailboxSettings) => `for ${host}:${port}`;

/** A stored secret is used only where it was saved for, or where it may go along to: then the answer is true. */
function refuseStoredElsewhere(
  before: MailboxRow | null,
  settings: MailboxSettings,
  { password, passwordGoes }: MailboxWriteOptions,
): boolean {
  if (password || !before?.hasPassword) return false;
  const again = sourcePasswordNeededAgain(before.settings, settings);
  if (again.length === 0) return false;
  if (passwordGoes === "back") return true;
  if (passwordGoes?.to === settings.host) {
    const why = whyNotAlong(before.settings, settings);
    if (why) throw new Refusal(why);
    return true;
  }
  const fields = again.map((field) => labels[field] ?? field).join(" and ");
  throw new Refusal("Nothing was saved.", { password: `${fields} changed: give the password again.` });
}

async function writeRow(
  tx: Tx,
  scope: TenantScope,
  before: MailboxRow | null,
  settings: MailboxSettings,
  by: string,
): Promise<{ id: string; version: number }> {
  const { tenantId } = scope;
  const data = { ...rowOfMailbox(settings), updatedBy: by };
  if (!before) {
    const known = await remembered(tx, scope, settings);
    return tx.mailbox.create({ data: { ...data, tenantId, ...(known ? { id: known } : {}) } });
  }
  return tx.mailbox.update({
    where: { tenantId_id: { tenantId, id: before.id } },
    data: { ...data, version: before.version + 1, updatedAt: new Date() },
  });
}

/** A removed mailbox's identities stay under its id: the same source made again must not collect the same mail again. */
async function remember(tx: Tx, scope: TenantScope, mailboxId: string, settings: MailboxSettings): Promise<void> {
  const { tenantId } = scope;
  const source = sourceOf(settings);
  await tx.removedMailbox.deleteMany({ where: { tenantId, source } });
  await tx.removedMailbox.create({ data: { tenantId, mailboxId, source, name: settings.name } });
}

async function remembered(tx: Tx, scope: TenantScope, settings: MailboxSettings): Promise<string | null> {
  const { tenantId } = scope;
  const found = await tx.removedMailbox.findFirst({ where: { tenantId, source: sourceOf(settings) } });
  if (!found) return null;
  await tx.removedMailbox.delete({ where: { tenantId_mailboxId: { tenantId, mailboxId: found.mailboxId } } });
  return found.mailboxId;
}

async function firstState(
  tx: Tx,
  scope: TenantScope,
  mailboxId: string,
  site: string,
  settings: MailboxSettings,
  options: MailboxWriteOptions,
): Promise<void> {
  const stop =
    options.stopped ??
    (options.password ? null : { kind: "no-password", reason: "It came without a password. Give it, then start it." });
  const state = stop ? "stopped" : settings.paused ? "paused" : "active";
  await tx.mailboxState.create({
    data: {
      tenantId: scope.tenantId,
      mailboxId,
      site,
      state,
      reasonKind: stop?.kind ?? null,
      reason: stop?.reason ?? null,
      dueAt: state === "active" ? options.now : null,
    },
  });
}

/** A new password or a new place to sign in is tried at once; a new source is compared by hash before anything moves. */
async function settleState(
  tx: Tx,
  scope: TenantScope,
  before: MailboxRow,
  settings: MailboxSettings,
  options: MailboxWriteOptions,
): Promise<void> {
  const old = before.settings;
  const moved = sourceOf(old) !== sourceOf(settings);
  const mended =
    Boolean(options.password) ||
    (["host", "port", "tls", "certificate", "username", "folder"] as const).some((key) => old[key] !== settings[key]);
  const ends = options.endsMissingPassword && options.password && before.reasonKind === "no-password";
  const state = before.state === "stopped" && !ends ? "stopped" : settings.paused ? "paused" : "active";
  // The state before identities, as sessions lock both: else each waits for the other.
  await tx.$queryRaw`
    select 1 from mailbox_state where tenant_id = ${scope.tenantId}::uuid and mailbox_id = ${before.id}::uuid for update`;
  const earlier = await askForEarlier(tx, scope, before.id, old, settings);
  const sooner =
    earlier > 0 ||
    mended ||
    settings.pollSeconds < old.pollSeconds ||
    (before.state !== "active" && state === "active");
  await tx.mailboxState.update({
    where: { tenantId_mailboxId: { tenantId: scope.tenantId, mailboxId: before.id } },
    data: {
      state,
      ...(state === "stopped" ? {} : { reasonKind: null, reason: null }),
      ...(state === "active" && sooner ? { dueAt: options.now } : {}),
      ...(mended ? { failures: 0, lastError: null, lastReply: null, workedAt: null } : {}),
      // The session that runs at the old place loses its lease: it stores nothing more, and writes nothing over this.
      ...(moved ? { recheck: true, facts: {}, leaseToken: null, leaseWorker: null, leaseUntil: null } : {}),
    },
  });
  if (moved) await leavePlace(sqlOfPrisma(tx), scope, before.id, options.now);
}
