// Import of members: only added or changed, never removed. One without a password gets a one-time link.
import { writeAudit } from "@/domain/audit/write";
import { hashOf, newToken } from "@/domain/person/token";
import type { Actor } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import type { FileMember } from "./schema";
import type { Step } from "./step";

type Shared = Omit<Step, "scope" | "slug" | "moved">;
const linkDays = 7;

export async function applyMembers(shared: Shared, db: Db, actor: Actor, members: FileMember[]): Promise<void> {
  const invited = new Set<string>();
  for (const [index, member] of members.entries()) {
    const { tx, report } = shared;
    const before = await tx.person.findUnique({ where: { email: member.email } });
    const person = before ?? (await tx.person.create({ data: { email: member.email } }));
    if (!before) report.changes.push(`person ${member.email}: new`);
    if (member.platform) await platformRole(shared, person, member, index);
    else await tenantRole(shared, { db, actor, personId: person.id, member, index });
    if (person.passwordHash === null && !invited.has(person.id)) {
      invited.add(person.id);
      await invite(shared, person.id, member.email);
    }
  }
}

async function platformRole(
  { tx, report, fault }: Shared,
  person: { id: string; platformRole: string | null },
  member: FileMember,
  index: number,
): Promise<void> {
  if (person.platformRole === member.role) return;
  if (person.platformRole === "admin") {
    const others = await tx.person.count({
      where: { platformRole: "admin", disabledAt: null, id: { not: person.id } },
    });
    if (others === 0) {
      fault(["members", index, "role"], `${member.email} is the last platform administrator. Make another one first.`);
      return;
    }
  }
  await tx.person.update({ where: { id: person.id }, data: { platformRole: member.role } });
  await tx.platformAudit.create({
    data: {
      who: "import",
      action: "person.role",
      target: member.email,
      changes: { role: { from: person.platformRole, to: member.role } },
    },
  });
  report.changes.push(`platform: member ${member.email}: ${person.platformRole ?? "–"} → ${member.role}`);
}

interface TenantMember {
  db: Db;
  actor: Actor;
  personId: string;
  member: FileMember;
  index: number;
}

async function tenantRole(
  { tx, report, fault }: Shared,
  { db, actor, personId, member, index }: TenantMember,
): Promise<void> {
  const slug = member.tenant ?? "";
  const tenant = await tx.tenant.findUnique({ where: { slug } });
  if (!tenant) {
    fault(["members", index, "tenant"], `There is no tenant ${slug}. Name it in this file, or correct the slug.`);
    return;
  }
  const key = { tenantId_personId: { tenantId: tenant.id, personId } };
  const before = await tx.membership.findUnique({ where: key });
  if (before?.role === member.role) return;
  if (before?.role === "admin") {
    const others = await tx.membership.count({
      where: { tenantId: tenant.id, role: "admin", personId: { not: personId } },
    });
    if (others === 0) {
      fault(
        ["members", index, "role"],
        `${member.email} is the last administrator of ${slug}. Make another one first.`,
      );
      return;
    }
  }
  await tx.$executeRaw`select set_config('mailferry.tenant', ${tenant.id}, true)`;
  await tx.membership.upsert({
    where: key,
    create: { tenantId: tenant.id, personId, role: member.role },
    update: { role: member.role },
  });
  await writeAudit(tx, mintScope(db, tenant.id, actor), {
    action: before ? "member.role" : "member.add",
    target: member.email,
    changes: { role: { from: before?.role ?? null, to: member.role } },
  });
  report.changes.push(`${slug}: member ${member.email}: ${before?.role ?? "–"} → ${member.role}`);
}

/** The link itself is only printed: the database holds its hash. A person who has an open one gets no second. */
async function invite({ tx, report, options }: Shared, personId: string, email: string): Promise<void> {
  const open = await tx.oneTimeLink.findFirst({ where: { personId, usedAt: null, expiresAt: { gt: options.now } } });
  if (open) return;
  const token = newToken();
  const expiresAt = new Date(options.now.getTime() + linkDays * 86_400_000);
  await tx.oneTimeLink.create({
    data: { personId, kind: "invitation", tokenHash: new Uint8Array(hashOf(token)), expiresAt },
  });
  report.invitations.push({ email, path: `/invitation/${token}` });
}
