// Export: everything that people set, in the file's own format and order. Import of an export changes nothing.
import { exchangeIn } from "@/domain/exchange/store";
import { type MailboxRow, mailboxesIn } from "@/domain/mailbox/store";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { openSecret } from "@/domain/secret/store";
import type { Db } from "@/lib/db";
import type { PrivateKeys } from "@/lib/seal";

export interface ExportOptions {
  /** only this tenant */
  slug?: string | undefined;
  /** passwords in clear, opened with these */
  keys?: PrivateKeys | undefined;
}

/** The file's content as plain values, ready for YAML. With `slug`, members of that tenant only. */
export async function exportConfig(db: Db, options: ExportOptions): Promise<object> {
  const tenants = await db.prisma.tenant.findMany({
    where: { state: "active", ...(options.slug ? { slug: options.slug } : {}) },
    orderBy: { slug: "asc" },
  });
  const written = [];
  for (const tenant of tenants) {
    const scope = mintScope(db, tenant.id, { kind: "command", name: "export" });
    const parts = await inTenant(scope, (tx) => tenantParts(tx, scope, options.keys));
    written.push({
      slug: tenant.slug,
      name: tenant.name,
      site: tenant.site,
      timeZone: tenant.timeZone,
      contact: tenant.contact,
      ...parts,
      retention: { deliveredHours: tenant.deliveredHours, badmailDays: tenant.badmailDays },
    });
  }
  const members = await membersOf(db, tenants, options.slug === undefined);
  return { version: 1, tenants: written, ...(members.length > 0 ? { members } : {}) };
}

async function tenantParts(tx: Tx, scope: TenantScope, keys: PrivateKeys | undefined) {
  const exchange = await exchangeIn(tx, scope);
  const mailboxes = await mailboxesIn(tx, scope);
  const rules = await tx.rule.findMany({ where: { tenantId: scope.tenantId }, orderBy: { position: "asc" } });
  const password = async (rowId: string) => {
    const text = keys ? await openSecret(sqlOfPrisma(tx), scope, keys, rowId, "password") : null;
    return text === null ? {} : { password: text };
  };
  const boxes = [];
  for (const row of mailboxes) boxes.push(mailboxOut(row, await password(row.id)));
  return {
    // A password that an older version kept without a user name is none that an import takes.
    ...(exchange
      ? { exchange: { ...exchange.settings, ...(exchange.settings.username ? await password(exchange.id) : {}) } }
      : {}),
    mailboxes: boxes,
    rules: rules.map((row) => ({ name: row.name, when: row.conditions, then: row.outcome, continue: row.continues })),
  };
}

function mailboxOut(row: MailboxRow, password: { password?: string }) {
  const { recipients, folder, ...rest } = row.settings;
  return {
    ...rest,
    ...(rest.protocol === "imap" ? { folder } : {}),
    ...password,
    ...(row.state === "stopped" ? { stopped: true } : {}),
    recipients,
  };
}

async function membersOf(db: Db, tenants: { id: string; slug: string }[], platform: boolean) {
  const people = await db.prisma.person.findMany({ orderBy: { email: "asc" } });
  const members = await db.prisma.membership.findMany({
    where: { tenantId: { in: tenants.map((tenant) => tenant.id) } },
  });
  const slugs = new Map(tenants.map((tenant) => [tenant.id, tenant.slug]));
  return people.flatMap((person) => [
    ...(platform && person.platformRole ? [{ email: person.email, platform: true, role: person.platformRole }] : []),
    ...members
      .filter((member) => member.personId === person.id)
      .map((member) => ({ email: person.email, tenant: slugs.get(member.tenantId), role: member.role })),
  ]);
}
