// One mail with its journey: collected, routed, tried, and what people did, with the server's own words.

import { writeAudit } from "@/domain/audit/write";
import { inTenant, type TenantScope } from "@/domain/scope";

const mostAttempts = 100;
const mostRecipients = 500;
const mostEvents = 500;

/** Null: no such mail in this tenant. The newest attempts and events are kept where there are very many. */
export function readJourney(scope: TenantScope, id: string) {
  const { tenantId } = scope;
  return inTenant(scope, async (tx) => {
    const mail = await tx.mail.findFirst({ where: { tenantId, id }, omit: { contentHash: true, leaseToken: true } });
    if (!mail) return null;
    const mine = { tenantId, mailId: id };
    const body = await tx.body.findFirst({
      where: { tenantId, id: mail.bodyId },
      select: { complete: true, erasedAt: true },
    });
    const mailbox = mail.mailboxId
      ? await tx.mailbox.findFirst({
          where: { tenantId, id: mail.mailboxId },
          select: { id: true, name: true, protocol: true },
        })
      : null;
    // Copies that rules made of it: mails of their own on the same bytes.
    const copies = await tx.mail.findMany({
      where: { tenantId, originMailId: id },
      select: { id: true, place: true },
      take: 20,
    });
    const kept = await tx.tenant.findFirst({ where: { id: tenantId }, select: { deliveredHours: true } });
    const recipients = await tx.recipient.findMany({ where: mine, orderBy: { address: "asc" }, take: mostRecipients });
    const attempts = await tx.attempt.findMany({ where: mine, orderBy: { number: "desc" }, take: mostAttempts });
    const events = await tx.mailEvent.findMany({ where: mine, orderBy: { id: "desc" }, take: mostEvents });
    return {
      mail: { ...mail, seq: Number(mail.seq), size: Number(mail.size) },
      mailbox,
      copies,
      keptHours: kept?.deliveredHours ?? 0,
      bodyThere: body?.complete === true && body.erasedAt === null,
      erasedAt: body?.erasedAt ?? null,
      recipients,
      attempts: attempts.reverse(),
      events: events.reverse().map((event) => ({ ...event, id: Number(event.id) })),
    };
  });
}

export type Journey = NonNullable<Awaited<ReturnType<typeof readJourney>>>;

/** A look at headers or body, or a download, stands in the audit log before the first byte is shown. Null: no such mail. */
export function noteLook(scope: TenantScope, id: string, action: "message.look" | "message.download") {
  return inTenant(scope, async (tx) => {
    const mail = await tx.mail.findFirst({
      where: { tenantId: scope.tenantId, id },
      select: { bodyId: true, subject: true },
    });
    if (!mail) return null;
    await writeAudit(tx, scope, { action, target: mail.subject, targetId: id });
    return mail;
  });
}
