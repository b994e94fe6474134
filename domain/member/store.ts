// A tenant's members. Nobody grants above themselves, and the last administrator stays: the tenant's row is locked before
// administrators are counted, so that two people can't remove each other at the same moment.
import { mayGrant, type Role } from "@/domain/access";
import { writeAudit } from "@/domain/audit/write";
import { requireOwnPassword } from "@/domain/person/joining";
import { keepTenantAdmin } from "@/domain/person/last-admin";
import { endLinks, type LinkKind, type MadeLink, makeLink } from "@/domain/person/link";
import { countTry, waitWords } from "@/domain/person/throttle";
import { inTenant, type Sql, sqlInTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";

export interface Member {
  personId: string;
  email: string;
  name: string;
  role: Role;
  disabled: boolean;
  /** false: invited, and no password set yet */
  hasPassword: boolean;
  /**
   * until when the newest unused link works that an administrator made; null of people who are known elsewhere too: they
   * are not this tenant's alone
   */
  linkUntil: Date | null;
  /** null of the same people: when they were here would tell when they were elsewhere */
  lastSeenAt: Date | null;
  since: Date;
}

export function listMembers(scope: TenantScope, now: Date): Promise<Member[]> {
  return sqlInTenant(scope, (sql) =>
    sql.query<Member>(
      `select p.id as "personId", p.email, p.name, m.role, p.disabled_at is not null as disabled,
         p.password_hash is not null as "hasPassword", m.created_at as since,
         (select max(l.expires_at) from one_time_link l
          where l.person_id = p.id and l.used_at is null and not l.forgotten and l.expires_at > $2
            and not e.elsewhere) as "linkUntil",
         (select max(s.last_seen_at) from session s where s.person_id = p.id and not e.elsewhere) as "lastSeenAt"
       from membership m join person p on p.id = m.person_id
       cross join lateral (select portal_person_elsewhere(p.id, $1::uuid) as elsewhere) e
       where m.tenant_id = $1::uuid order by p.email`,
      [scope.tenantId, now],
    ),
  );
}

export interface Added {
  email: string;
  /** null: the person has an account and signs in as always */
  link: MadeLink | null;
}

/** Adds a person by e-mail address; a new one gets an invitation, which is shown to whoever added them, once. */
export async function addMember(
  scope: TenantScope,
  own: Role,
  given: { email: string; name?: string | undefined; role: Role },
  now: Date,
): Promise<Added> {
  requireGrant(own, given.role);
  await paced(scope, `links:${scope.tenantId}`, 30, now);
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    await lockMembers(sql, scope);
    await sql.query("insert into person (email, name) values ($1, $2) on conflict (email) do nothing", [
      given.email,
      given.name ?? "",
    ]);
    const [person] = await sql.query<{ id: string; disabled: boolean; hasPassword: boolean; elsewhere: boolean }>(
      `select id::text, disabled_at is not null as disabled, password_hash is not null as "hasPassword",
         portal_person_elsewhere(id, $2::uuid) as elsewhere from person where email = $1`,
      [given.email, scope.tenantId],
    );
    if (!person) throw new Error("the person just made is missing");
    // Without a password whoever invited them first could use that link to come in here.
    if (person.disabled || (person.elsewhere && !person.hasPassword)) throw stranger(given.email);
    await requireOwnPassword(sql, person.id, scope.tenantId, now).catch((error: unknown) => {
      throw error instanceof Refusal ? stranger(given.email) : error;
    });
    const made = await sql.query(
      `insert into membership (tenant_id, person_id, role) values ($1::uuid, $2::uuid, $3)
       on conflict do nothing returning role`,
      [scope.tenantId, person.id, given.role],
    );
    if (made.length === 0) throw at("email", `${given.email} is a member already. Change the role in the list.`);
    const changes = { role: { from: null, to: given.role } };
    await writeAudit(tx, scope, { action: "member.add", target: given.email, targetId: person.id, changes });
    const link = person.hasPassword ? null : await makeLink(sql, newLink(scope, person.id, "invitation"), now);
    return { email: given.email, link };
  });
}

export function changeMemberRole(
  scope: TenantScope,
  own: Role,
  given: { personId: string; role: Role },
): Promise<{ email: string }> {
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    const member = await lockMember(sql, scope, given.personId);
    requireGrant(own, member.role);
    requireGrant(own, given.role);
    if (member.role === given.role) return { email: member.email };
    if (given.role !== "admin") await keepTenantAdmin(sql, scope.tenantId, member.personId);
    await sql.query("update membership set role = $3 where tenant_id = $1::uuid and person_id = $2::uuid", [
      scope.tenantId,
      given.personId,
      given.role,
    ]);
    const changes = { role: { from: member.role, to: given.role } };
    await writeAudit(tx, scope, { action: "member.role", target: member.email, targetId: given.personId, changes });
    return { email: member.email };
  });
}

export function removeMember(
  scope: TenantScope,
  own: Role,
  given: { personId: string },
  now: Date,
): Promise<{ email: string }> {
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    const member = await lockMember(sql, scope, given.personId);
    requireGrant(own, member.role);
    await keepTenantAdmin(sql, scope.tenantId, member.personId);
    if (!member.elsewhere) await endLinks(sql, given.personId, now);
    await sql.query("delete from membership where tenant_id = $1::uuid and person_id = $2::uuid", [
      scope.tenantId,
      given.personId,
    ]);
    const changes = { role: { from: member.role, to: null } };
    await writeAudit(tx, scope, { action: "member.remove", target: member.email, targetId: given.personId, changes });
    return { email: member.email };
  });
}

/** A new invitation, or a reset for one who has a password. Only for people who are known nowhere else. */
export async function makeMemberLink(
  scope: TenantScope,
  own: Role,
  given: { personId: string },
  now: Date,
): Promise<{ email: string; link: MadeLink }> {
  await paced(scope, `link:${given.personId}`, 5, now);
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    const member = await lockMember(sql, scope, given.personId);
    requireGrant(own, member.role);
    if (member.elsewhere)
      throw new Refusal(
        `${member.email} also works for another tenant or for the provider, so only whoever runs Mailferry can make this link.`,
      );
    const kind: LinkKind = member.hasPassword ? "reset" : "invitation";
    const link = await makeLink(sql, newLink(scope, given.personId, kind), now);
    await writeAudit(tx, scope, { action: `member.${kind}-link`, target: member.email, targetId: given.personId });
    return { email: member.email, link };
  });
}

interface Locked {
  personId: string;
  email: string;
  role: Role;
  disabled: boolean;
  hasPassword: boolean;
  elsewhere: boolean;
}

/** One change of members at a time in a tenant. */
const lockMembers = (sql: Sql, scope: TenantScope) =>
  sql.query("select 1 from tenant where id = $1::uuid for update", [scope.tenantId]);

/** The person too, so that nobody gives them a role elsewhere meanwhile. */
async function lockMember(sql: Sql, scope: TenantScope, personId: string): Promise<Locked> {
  await lockMembers(sql, scope);
  await sql.query(
    `select 1 from person where id = $2::uuid
       and exists (select 1 from membership where tenant_id = $1::uuid and person_id = $2::uuid) for update`,
    [scope.tenantId, personId],
  );
  const [member] = await sql.query<Locked>(
    `select p.id::text as "personId", p.email, m.role, p.disabled_at is not null as disabled,
       p.password_hash is not null as "hasPassword", portal_person_elsewhere(p.id, $1::uuid) as elsewhere
     from membership m join person p on p.id = m.person_id where m.tenant_id = $1::uuid and m.person_id = $2::uuid`,
    [scope.tenantId, personId],
  );
  if (!member) throw new Refusal("This person is no member any more. Reload the page to see who is.");
  return member;
}

const newLink = (scope: TenantScope, personId: string, kind: LinkKind) => ({
  personId,
  kind,
  seenIn: scope.tenantId,
});

/** Each link is mailed by the provider's server: an administrator must not fill a stranger's mailbox with them. */
async function paced(scope: TenantScope, key: string, free: number, now: Date): Promise<void> {
  const until = await countTry(scope.db, key, { free, longest: 3600 }, now);
  if (until) throw new Refusal(`Too many links were made just now. Try again ${waitWords(until, now)}.`);
}

function requireGrant(own: Role, given: Role): void {
  if (!mayGrant(own, given)) throw new Refusal("You can't give or take a role above your own.");
}

/** One sentence for all reasons: what an account is elsewhere is not this tenant's to know. */
const stranger = (email: string) =>
  at(
    "email",
    `${email} can't be added here. Ask whoever runs Mailferry: under People they see the reason and can make a new link.`,
  );

const at = (field: string, message: string) =>
  new Refusal("One field needs a change. Nothing was saved.", { [field]: message });
