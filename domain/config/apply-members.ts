// Import of members: only added or changed, never removed. One without a password gets a one-time link.
import { writeAudit } from "@/domain/audit/write";
import { requireOwnPassword } from "@/domain/person/joining";
import { hashOf, newToken } from "@/domain/person/token";
import { type Actor, sqlOfPrisma } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import type { FileMember } from "./schema";
import type { Step } from "./step";

type Shared = Omit<Step, "scope" | "slug" | "moved">;
const linkDays = 7;

export async function applyMembers(shared: Shared, db: Db, actor: Actor, members: FileMember[]): Promise<void> {
  const { tx, report } = shared;
  const withoutPassword = new Map<string, string>();
  for (const [index, member] of members.entries()) {
    const before = await tx.person.findUnique({ where: { email: member.email } });
    const person = before ?? (await tx.person.create({ data: { email: member.email } }));
    if (!before) report.changes.push(`person ${member.email}: new`);
    if (member.platform) await platformRole(shared, person, member, index);
    else await tenantRole(shared, { db, actor, personId: person.id, member, index });
    if (person.passwordHash === null) withoutPassword.set(person.id, member.email);
  }
  // Last: a role above may have ended a link that others saw.
  for (const [personId, email] of withoutPassword) await invite(shared, personId, email);
}

async function platformRole(
  shared: Shared,
  person: { id: string; platformRole: string | null },
  member: FileMember,
  index: number,
): Promise<void> {
  const { tx, report, fault } = shared;
  if (person.platformRole === member.role) return;
  if (person.platformRole === null && !(await mayJoin(shared, person.id, null, index))) return;
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

async function tenantRole(shared: Shared, { db, actor, personId, member, index }: TenantMember): Promise<void> {
  const { tx, report, fault } = shared;
  const slug = member.tenant ?? "";
  const tenant = await tx.tenant.findUnique({ where: { slug } });
  if (!tenant) {
    fault(["members", index, "tenant"], `There is no tenant ${slug}. Name it in this file, or correct the slug.`);
    return;
  }
  const key = { tenantId_personId: { tenantId: tenant.id, personId } };
  const before = await tx.membership.findUnique({ where: key });
  if (before?.role === member.role) return;
  if (!before && !(await mayJoin(shared, personId, tenant.id, index))) return;
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

async function mayJoin({ tx, fault, options }: Shared, personId: string, place: string | null, index: number) {
  try {
    await requireOwnPassword(sqlOfPrisma(tx), personId, place, options.now);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fault(["members", index, "email"], error.message);
    return false;
  }
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
