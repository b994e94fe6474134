// What a change of settings means for mail that is already there: counted before saving, and carried out with it.
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import type { MailboxSettings } from "./schema";
import { startInstant } from "./start";
import { mailboxIn } from "./store";
import { settled } from "./store-row";
import { whatAChangeDoes } from "./what-changes";

/** The sentence to confirm before these settings are saved; null when nothing that is there now is touched. */
export const effectOfChange = (
  scope: TenantScope,
  id: string,
  wanted: MailboxSettings,
  now: Date,
): Promise<string | null> =>
  inTenant(scope, async (tx) => {
    const before = await mailboxIn(tx, scope, id);
    if (!before) return null;
    const after = settled(wanted, now);
    const since = new Date(now.getTime() - after.keepDays * 86_400_000);
    const past = await tx.identity.count({
      where: { tenantId: scope.tenantId, mailboxId: id, state: "stored", createdAt: { lte: since } },
    });
    const start = await startMovedBack(tx, scope, before.settings, after);
    const skipped = start ? await tx.identity.count({ where: leftOut(scope, id, start.instant) }) : 0;
    const there = { stored: before.counts.stored, storedPastKeep: past, skipped };
    return whatAChangeDoes(before.settings, after, there);
  });

/** A `start` that was moved back asks for the mails between: they are collected as if a person had chosen them. */
export async function askForEarlier(
  tx: Tx,
  scope: TenantScope,
  id: string,
  before: MailboxSettings,
  after: MailboxSettings,
): Promise<number> {
  const start = await startMovedBack(tx, scope, before, after);
  if (!start) return 0;
  const asked = await tx.identity.updateMany({
    where: leftOut(scope, id, start.instant),
    data: { wantedAt: new Date() },
  });
  return asked.count;
}

const leftOut = (scope: TenantScope, mailboxId: string, instant: Date | null) => ({
  tenantId: scope.tenantId,
  mailboxId,
  state: "skipped",
  wantedAt: null,
  ...(instant ? { receivedAt: { gte: instant } } : {}),
});

/** The new start when it is earlier; its instant is null for `all`. */
async function startMovedBack(
  tx: Tx,
  scope: TenantScope,
  before: MailboxSettings,
  after: MailboxSettings,
): Promise<{ instant: Date | null } | null> {
  if (before.start === after.start || before.start === "all") return null;
  const tenant = await tx.tenant.findUniqueOrThrow({ where: { id: scope.tenantId }, select: { timeZone: true } });
  const was = startInstant(before.start, tenant.timeZone);
  const instant = startInstant(after.start, tenant.timeZone);
  return instant === null || (was !== null && instant < was) ? { instant } : null;
}
