// Writes a mailbox: settings, sealed password, state and audit entry become true together.
import { changesBetween, writeAudit } from "@/domain/audit/write";
import { lockTenant } from "@/domain/exchange/store-write";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { putSecret } from "@/domain/secret/store";
import { Conflict, Refusal } from "@/lib/errors";
import { whyNotAlong } from "./along";
import { type MailboxEdit, type MailboxSettings, sourceOf } from "./schema";
import { goOnSettingUp, type SetUpPart, stopOfNew } from "./setting-up";
import { sourcePasswordNeededAgain } from "./source";
import { type MailboxRow, mailboxesIn, mailboxIn } from "./store";
import { remembered } from "./store-remove";
import { rowOfMailbox, settled } from "./store-row";
import { firstState, type StateWish, settleState } from "./store-state";

export interface MailboxWriteOptions extends StateWish {
  /** the version that the writer saw; absent: whatever is stored (import) */
  expectedVersion?: number | undefined;
  by: string;
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
): Promise<MailboxWritten> => inTenant(scope, (tx) => saveIn(tx, scope, id, edit, now, part));

export async function saveIn(
  tx: Tx,
  scope: TenantScope,
  id: string | null,
  edit: MailboxEdit,
  now: Date,
  part?: SetUpPart,
): Promise<MailboxWritten> {
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
}

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
