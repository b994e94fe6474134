// What people do to a mailbox without changing its settings: pause, start, collect now, and the mails that were left out.
import { writeAudit } from "@/domain/audit/write";
import { lockTenant } from "@/domain/exchange/store-write";
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import { Conflict, Refusal } from "@/lib/errors";
import { started } from "./setting-up";
import { isId, type MailboxRow, mailboxIn } from "./store";

export const pauseMailbox = (scope: TenantScope, id: string, version?: number): Promise<void> =>
  change(scope, id, "mailbox.pause", async (tx, row) => {
    seenAs(row, version);
    if (row.state !== "active") return otherwise(row, version);
    await setState(tx, scope, id, { state: "paused", dueAt: null, reason: null, reasonKind: null });
  });

export const resumeMailbox = (scope: TenantScope, id: string, version?: number): Promise<void> =>
  change(scope, id, "mailbox.resume", async (tx, row) => {
    seenAs(row, version);
    if (row.state !== "paused") return otherwise(row, version);
    needsPassword(row);
    await setState(tx, scope, id, { state: "active", dueAt: new Date(), reason: null, reasonKind: null });
  });

/** Ends a stop: a person decided. */
export const startMailbox = (scope: TenantScope, id: string, version?: number): Promise<void> =>
  change(scope, id, "mailbox.start", async (tx, row) => {
    seenAs(row, version);
    needsPassword(row);
    await setState(tx, scope, id, started(row, new Date()));
  });

/** Without one it would only be "started" until its next session. */
function needsPassword(row: MailboxRow): void {
  if (!row.hasPassword) throw new Refusal(`${row.settings.name} has no password yet: open it and give one first.`);
}

/** Who decided by what a list showed decides about that, and about nothing that came after. */
function seenAs(row: MailboxRow, version: number | undefined): void {
  if (version !== undefined && version !== row.version) throw new Conflict(row.updatedBy, row.updatedAt);
}

/** Pausing what is paused is nothing to speak of, unless somebody was shown that it would change. */
function otherwise(row: MailboxRow, version: number | undefined): void {
  if (version !== undefined) throw new Refusal(`${row.settings.name} is ${row.state} by now. Nothing was changed.`);
}

/** Due at once. What failed before is kept: the count of refused passwords goes on, and so do its pauses. */
export const collectNow = (scope: TenantScope, id: string): Promise<void> =>
  change(scope, id, "mailbox.collect-now", async (tx, row) => {
    if (row.state !== "active")
      throw new Refusal(`${row.settings.name} is ${row.state}: start it first, then it collects at once.`);
    await tx.$executeRaw`
      update mailbox_state set due_at = now() where tenant_id = ${scope.tenantId}::uuid and mailbox_id = ${id}::uuid`;
    await tx.$executeRaw`select pg_notify('mailferry', 'mailbox')`;
  });

export interface LeftOut {
  id: number;
  uid: string;
  headline: string;
  receivedAt: Date | null;
  size: number | null;
  tries: number;
  nextTryAt: Date | null;
  lastError: string | null;
}

/** Mails that `start` left out, or that could not be collected, the newest first. */
export const listLeftOut = (
  scope: TenantScope,
  mailboxId: string,
  state: "skipped" | "bad",
  limit = 200,
): Promise<LeftOut[]> =>
  inTenant(scope, async (tx) => {
    if (!isId(mailboxId)) return [];
    const rows = await tx.identity.findMany({
      where: { tenantId: scope.tenantId, mailboxId, state, wantedAt: null },
      orderBy: [{ receivedAt: { sort: "desc", nulls: "last" } }, { id: "desc" }],
      take: limit,
    });
    return rows.map((row) => ({
      id: Number(row.id),
      uid: row.uid,
      headline: row.headline ?? "",
      receivedAt: row.receivedAt,
      size: row.size === null ? null : Number(row.size),
      tries: row.tries,
      nextTryAt: row.nextTryAt,
      lastError: row.lastError,
    }));
  });

/** "Collect these too": all that `start` left out, or those chosen. The next session takes them. */
export const collectTheseToo = (scope: TenantScope, mailboxId: string, ids?: number[]): Promise<number> =>
  change(scope, mailboxId, "mailbox.collect-left-out", async (tx) => {
    const asked = await tx.identity.updateMany({
      where: {
        tenantId: scope.tenantId,
        mailboxId,
        state: "skipped",
        wantedAt: null,
        ...(ids ? { id: { in: ids.map(BigInt) } } : {}),
      },
      data: { wantedAt: new Date() },
    });
    await tx.$executeRaw`
      update mailbox_state set due_at = now()
      where tenant_id = ${scope.tenantId}::uuid and mailbox_id = ${mailboxId}::uuid and state = 'active'`;
    return asked.count;
  });

/** A bad mail is tried again at the next session instead of at its own time. */
export const tryBadAgain = (scope: TenantScope, mailboxId: string): Promise<number> =>
  change(scope, mailboxId, "mailbox.try-bad-again", async (tx) => {
    const { tenantId } = scope;
    const asked = await tx.identity.updateMany({
      where: { tenantId, mailboxId, state: "bad" },
      data: { nextTryAt: new Date() },
    });
    await tx.mailboxState.updateMany({ where: { tenantId, mailboxId, state: "active" }, data: { dueAt: new Date() } });
    return asked.count;
  });

function change<T>(
  scope: TenantScope,
  id: string,
  action: string,
  work: (tx: Tx, row: MailboxRow) => Promise<T>,
): Promise<T> {
  return inTenant(scope, async (tx) => {
    // As a save does: else a save that is under way would write the state back that it read.
    await lockTenant(tx, scope);
    // The state before its identities, as sessions do.
    await tx.$queryRaw`select 1 from mailbox_state
      where tenant_id = ${scope.tenantId}::uuid and mailbox_id = ${id}::uuid for update`;
    const row = await mailboxIn(tx, scope, id);
    if (!row) throw new Refusal("This mailbox is not there any more: somebody removed it.");
    const result = await work(tx, row);
    await writeAudit(tx, scope, { action, target: row.settings.name, targetId: id });
    return result;
  });
}

/** `paused` stands in the configuration file, so a change of it is a new version. */
export async function setState(
  tx: Tx,
  scope: TenantScope,
  id: string,
  data: {
    state: string;
    dueAt: Date | null;
    reason: string | null;
    reasonKind: string | null;
    recipientsSkipped?: boolean;
  },
): Promise<void> {
  const { tenantId } = scope;
  await tx.mailboxState.update({ where: { tenantId_mailboxId: { tenantId, mailboxId: id } }, data });
  await tx.mailbox.update({
    where: { tenantId_id: { tenantId, id } },
    data: { version: { increment: 1 }, updatedBy: scope.actor.name, updatedAt: new Date() },
  });
}
