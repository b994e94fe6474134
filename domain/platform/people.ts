// People of the platform: who has a role in every tenant, and anybody's account. The last enabled administrator stays.
import type { Role } from "@/domain/access";
import { requireOwnPassword } from "@/domain/person/joining";
import { keepPlatformAdmin } from "@/domain/person/last-admin";
import { type LinkKind, type MadeLink, makeLink } from "@/domain/person/link";
import { type Sql, sqlOfPrisma, type Tx } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { type PlatformScope, requirePlatform, writePlatformAudit } from "./scope";

export interface PlatformPerson {
  personId: string;
  email: string;
  name: string;
  role: Role | null;
  disabled: boolean;
  hasPassword: boolean;
  hasFactor: boolean;
  lastSeenAt: Date | null;
}

/** Those with a platform role first, then everybody else by address; `search` looks in both. */
export async function listPeople(scope: PlatformScope, search: string): Promise<PlatformPerson[]> {
  requirePlatform(scope, "platform.people");
  const { rows } = await scope.db.pool.query<PlatformPerson>(
    `select p.id as "personId", p.email, p.name, p.platform_role as role, p.disabled_at is not null as disabled,
       p.password_hash is not null as "hasPassword",
       exists (select 1 from totp t where t.person_id = p.id and t.confirmed_at is not null)
         or exists (select 1 from passkey k where k.person_id = p.id) as "hasFactor",
       (select max(s.last_seen_at) from session s where s.person_id = p.id) as "lastSeenAt"
     from person p
     where $1 = '' or strpos(p.email, lower($1)) > 0 or strpos(lower(p.name), lower($1)) > 0
     order by p.platform_role is null, p.email limit 200`,
    [search],
  );
  return rows;
}

export function addPlatformPerson(
  scope: PlatformScope,
  given: { email: string; name?: string | undefined; role: Role },
  now: Date,
): Promise<{ email: string; link: MadeLink | null }> {
  return change(scope, async (tx, sql) => {
    await sql.query("insert into person (email, name) values ($1, $2) on conflict (email) do nothing", [
      given.email,
      given.name ?? "",
    ]);
    const [person] = await sql.query<Locked>(`${lockedPerson} where email = $1 for update`, [given.email]);
    if (!person) throw new Error("the person just made is missing");
    if (person.role) throw at("email", `${given.email} has a platform role already. Change it in the list.`);
    await requireOwnPassword(sql, person.personId, null, now);
    const link = person.hasPassword ? null : await makeLink(sql, newLink(person.personId, "invitation"), now);
    await sql.query("update person set platform_role = $2 where id = $1::uuid", [person.personId, given.role]);
    const changes = { role: { from: null, to: given.role } };
    await writePlatformAudit(tx, scope, { action: "person.role", target: given.email, changes });
    return { email: given.email, link };
  });
}

export function changePlatformRole(
  scope: PlatformScope,
  given: { personId: string; role: Role | null },
  now: Date,
): Promise<{ email: string }> {
  return change(scope, async (tx, sql) => {
    if (given.role !== "admin") await keepPlatformAdmin(sql, given.personId);
    const person = await lockPerson(sql, given.personId);
    if (given.role && !person.role) await requireOwnPassword(sql, given.personId, null, now);
    await sql.query("update person set platform_role = $2 where id = $1::uuid", [given.personId, given.role]);
    const changes = { role: { from: person.role, to: given.role } };
    await writePlatformAudit(tx, scope, { action: "person.role", target: person.email, changes });
    return { email: person.email };
  });
}

/** A disabled person's sessions end at once; enabling gives none of them back. */
export function disablePerson(
  scope: PlatformScope,
  given: { personId: string; disabled: boolean },
  now: Date,
): Promise<{ email: string }> {
  return change(scope, async (tx, sql) => {
    if (given.disabled) await keepPlatformAdmin(sql, given.personId);
    const person = await lockPerson(sql, given.personId);
    await sql.query("update person set disabled_at = $2::timestamptz where id = $1::uuid", [
      given.personId,
      given.disabled ? now : null,
    ]);
    if (given.disabled)
      await sql.query("update session set ended_at = $2::timestamptz where person_id = $1::uuid and ended_at is null", [
        given.personId,
        now,
      ]);
    const changes = { disabled: { from: person.disabled, to: given.disabled } };
    await writePlatformAudit(tx, scope, { action: "person.disable", target: person.email, changes });
    return { email: person.email };
  });
}

export function makePersonLink(
  scope: PlatformScope,
  given: { personId: string },
  now: Date,
): Promise<{ email: string; link: MadeLink }> {
  return change(scope, async (tx, sql) => {
    const person = await lockPerson(sql, given.personId);
    if (person.disabled) throw new Refusal(`${person.email} is disabled. Enable the account first.`);
    const kind: LinkKind = person.hasPassword ? "reset" : "invitation";
    const link = await makeLink(sql, newLink(given.personId, kind), now);
    await writePlatformAudit(tx, scope, { action: `person.${kind}-link`, target: person.email });
    return { email: person.email, link };
  });
}

/** Only people of the platform see these. */
const newLink = (personId: string, kind: LinkKind) => ({ personId, kind, seenIn: null });

interface Locked {
  personId: string;
  email: string;
  role: Role | null;
  disabled: boolean;
  hasPassword: boolean;
}

const lockedPerson = `select id::text as "personId", email, platform_role as role, disabled_at is not null as disabled,
  password_hash is not null as "hasPassword" from person`;

async function change<T>(scope: PlatformScope, work: (tx: Tx, sql: Sql) => Promise<T>): Promise<T> {
  requirePlatform(scope, "platform.people");
  return scope.db.prisma.$transaction((tx) => work(tx, sqlOfPrisma(tx)));
}

async function lockPerson(sql: Sql, personId: string): Promise<Locked> {
  const [person] = await sql.query<Locked>(`${lockedPerson} where id = $1::uuid for update`, [personId]);
  if (!person) throw new Refusal("There is no such person any more. Reload the page.");
  return person;
}

const at = (field: string, message: string) =>
  new Refusal("One field needs a change. Nothing was saved.", { [field]: message });
