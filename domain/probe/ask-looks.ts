// Looks into mailboxes that are stopped: how many mails, the oldest and the newest. Only with what is saved, so it is no way to
// try anything out, and does not count among the tests of settings; one round at a time, of so many mailboxes and no more.
import { writeAudit } from "@/domain/audit/write";
import { lockTenant } from "@/domain/exchange/store-write";
import { importedStopped } from "@/domain/mailbox/stopped";
import { type MailboxRow, mailboxesIn } from "@/domain/mailbox/store";
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import type { ProbeInput } from "./schema";

const pauseSeconds = 30;
/** Mailboxes of one round. */
export const mostLooks = 50;

/** How many mailboxes are looked into now, those that nobody has looked into first, and how many are left for another round. */
export const askLooks = (scope: TenantScope): Promise<{ asked: number; left: number }> =>
  inTenant(scope, async (tx) => {
    const site = await lockTenant(tx, scope);
    const going = await tx.$queryRaw<{ n: number }[]>`
      select count(*)::int as n from probe
      where tenant_id = ${scope.tenantId}::uuid and input ->> 'countOnly' = 'true'
        and (state in ('waiting', 'running') or requested_at > now() - make_interval(secs => ${pauseSeconds}::int))`;
    if ((going[0]?.n ?? 0) > 0) throw new Refusal("They are being looked into, or were a moment ago.");
    const all = (await mailboxesIn(tx, scope)).filter((row) => importedStopped(row) && row.hasPassword);
    const rows = (await longestUnseen(tx, scope, all)).slice(0, mostLooks);
    if (rows.length === 0) throw new Refusal("No mailbox with a password is stopped since an import.");
    const input = (settings: (typeof rows)[number]["settings"]): ProbeInput => ({
      kind: "mailbox",
      settings,
      password: settings.username === "" ? "none" : "stored",
      countOnly: true,
    });
    await tx.probe.createMany({
      data: rows.map(({ id, settings }) => ({
        tenantId: scope.tenantId,
        kind: "mailbox",
        subjectId: id,
        site,
        input: JSON.parse(JSON.stringify(input(settings))),
        requestedBy: scope.actor.name,
      })),
    });
    for (const row of rows)
      await writeAudit(tx, scope, { action: "mailbox.test", target: row.settings.name, targetId: row.id });
    await tx.$executeRaw`select pg_notify('mailferry', 'probe')`;
    return { asked: rows.length, left: all.length - rows.length };
  });

async function longestUnseen(tx: Tx, scope: TenantScope, rows: MailboxRow[]): Promise<MailboxRow[]> {
  const looks = await tx.$queryRaw<{ id: string; at: Date }[]>`
    select subject_id as id, max(requested_at) as at from probe
    where tenant_id = ${scope.tenantId}::uuid and kind = 'mailbox' and input ->> 'countOnly' = 'true' group by subject_id`;
  const seen = new Map(looks.map(({ id, at }) => [id, at.getTime()]));
  return rows.toSorted((a, b) => (seen.get(a.id) ?? 0) - (seen.get(b.id) ?? 0));
}
