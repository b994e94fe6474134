// Removes a mailbox, and remembers under which id its source was here.
import { writeAudit } from "@/domain/audit/write";
import { lockTenant } from "@/domain/exchange/store-write";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { removeSecret } from "@/domain/secret/store";
import { Refusal } from "@/lib/errors";
import { type MailboxSettings, sourceOf } from "./schema";
import { mailboxIn } from "./store";

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

/** A removed mailbox's identities stay under its id: the same source made again must not collect the same mail again. */
async function remember(tx: Tx, scope: TenantScope, mailboxId: string, settings: MailboxSettings): Promise<void> {
  const { tenantId } = scope;
  const source = sourceOf(settings);
  await tx.removedMailbox.deleteMany({ where: { tenantId, source } });
  await tx.removedMailbox.create({ data: { tenantId, mailboxId, source, name: settings.name } });
}

/** The id under which this source was removed; it is its own again, and no longer remembered. */
export async function remembered(tx: Tx, scope: TenantScope, settings: MailboxSettings): Promise<string | null> {
  const { tenantId } = scope;
  const found = await tx.removedMailbox.findFirst({ where: { tenantId, source: sourceOf(settings) } });
  if (!found) return null;
  await tx.removedMailbox.delete({ where: { tenantId_mailboxId: { tenantId, mailboxId: found.mailboxId } } });
  return found.mailboxId;
}
