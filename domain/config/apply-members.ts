// Import of members: only added or changed, never removed. One without a password gets a one-time link.
import { writeAudit } from "@/domain/audit/write";
import { requireOwnPassword } from "@/domain/person/joining";
import { keepPlatformAdmin, keepTenantAdmin } from "@/domain/person/last-admin";
import { hashOf, newToken } from "@/domain/person/token";
import { type Actor, sqlOfPrisma } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import type { Person } from "@/prisma/client/client";
import type { Path } from "./read";
import type { FileMember } from "./schema";
import { refusalsAt, type Step } from "./step";

type Shared = Omit<Step, "scope" | "slug" | "moved">;
const linkDays = 7;

export async function applyMembers(shared: Shared, db: Db, actor: Actor, members: FileMember[]): Promise<void> {
  const { tx, report } = shared;
  await lockAll(shared, members);
  const withoutPassword = new Map<string, Person>();
  for (const [index, member] of members.entries()) {
    const before = await tx.person.findUnique({ where: { email: member.email } });
    const person = before ?? (await tx.person.create({ data: { email: member.email } }));
    if (!before) report.changes.push(`person ${member.email}: new`);
    if (member.platform) await platformRole(shared, person, member, index);
    else await tenantRole(shared, { db, actor, personId: person.id, member, index });
    if (person.passwordHash === null) withoutPassword.set(person.id, person);
  }
  // Last: a role above may have ended a link that others saw.
  for (const person of withoutPassword.values()) await invite(shared, person);
}

/** Tenants before persons, as the portal does, and each in one order: a change of members under way is waited for here. */
async function lockAll({ tx }: Shared, members: FileMember[]): Promise<void> {
  const slugs = members.map(({ tenant }) => tenant ?? "");
  const emails = members.map(({ email }) => email);
  await tx.$queryRaw`select 1 from tenant where slug = any (${slugs}) order by id for no key update`;
  await tx.$queryRaw`
    select 1 from person where email = any (${emails}) or platform_role = 'admin' order by id for no key update`;
}

async function platformRole(
  shared: Shared,
  person: { id: string; platformRole: string | null },
  member: FileMember,
  index: number,
): Promise<void> {
  const { tx, report } = shared;
  if (person.platformRole === member.role) return;
  if (person.platformRole === null && !(await mayJoin(shared, person.id, null, index))) return;
  if (member.role !== "admin") {
    const kept = () => keepPlatformAdmin(sqlOfPrisma(tx), person.id);
    if (!(await allowed(shared, ["members", index, "role"], kept))) return;
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
  if (member.role !== "admin") {
    const kept = () => keepTenantAdmin(sqlOfPrisma(tx), tenant.id, personId);
    if (!(await allowed(shared, ["members", index, "role"], kept))) return;
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

const mayJoin = (shared: Shared, personId: string, place: string | null, index: number): Promise<boolean> =>
  allowed(shared, ["members", index, "email"], () =>
    requireOwnPassword(sqlOfPrisma(shared.tx), personId, place, shared.options.now),
  );

const allowed = async (shared: Shared, path: Path, asked: () => Promise<void>): Promise<boolean> =>
  (await refusalsAt(shared, path, () => asked().then(() => true))) ?? false;

/**
 * The link itself is only printed: the database holds its hash. A person who has an open one gets no second; what somebody
 * asked for at the sign-in page is no invitation.
 */
async function invite({ tx, report, options }: Shared, { id: personId, email, disabledAt }: Person): Promise<void> {
  if (disabledAt) {
    report.notes.push(
      `person ${email}: is disabled, so there is no one-time link. Enable the account, then import again.`,
    );
    return;
  }
  const open = await tx.oneTimeLink.findFirst({
    where: { personId, usedAt: null, forgotten: false, expiresAt: { gt: options.now } },
  });
  if (open) return;
  const token = newToken();
  const expiresAt = new Date(options.now.getTime() + linkDays * 86_400_000);
  await tx.oneTimeLink.create({
    data: { personId, kind: "invitation", tokenHash: new Uint8Array(hashOf(token)), expiresAt },
  });
  await tx.platformAudit.create({ data: { who: "import", action: "person.invitation-link", target: email } });
  report.invitations.push({ email, path: `/invitation/${token}` });
}
