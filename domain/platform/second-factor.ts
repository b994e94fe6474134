// Who needs a second factor: roles, wherever somebody holds them. Who has none sets one up before anything else is open.
import { type Role, roles } from "@/domain/access";
import { sqlOfPrisma } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { type PlatformScope, requirePlatform, writePlatformAudit } from "./scope";

const key = "second-factor-roles";

export interface RequiredFactor {
  roles: Role[];
  /** people with one of each role who have none, whether it is asked of them or not */
  without: Record<Role, number>;
}

export async function readRequired(scope: PlatformScope): Promise<RequiredFactor> {
  requirePlatform(scope, "platform.people");
  const { rows } = await scope.db.pool.query<{ role: Role; n: number; required: boolean }>(
    `select r as role, portal_without_factor(jsonb_build_array(r)) as n,
       exists (select 1 from platform_setting where key = $2 and value ? r) as required
     from unnest($1::text[]) r`,
    [roles, key],
  );
  const of = (role: Role) => rows.find((row) => row.role === role);
  return {
    roles: rows.filter(({ required }) => required).map(({ role }) => role),
    without: { viewer: of("viewer")?.n ?? 0, operator: of("operator")?.n ?? 0, admin: of("admin")?.n ?? 0 },
  };
}

export async function saveRequired(scope: PlatformScope, wanted: readonly Role[]): Promise<void> {
  requirePlatform(scope, "platform.people");
  const next = roles.filter((role) => wanted.includes(role));
  await scope.db.prisma.$transaction(async (tx) => {
    const sql = sqlOfPrisma(tx);
    const [row] = await sql.query<{ value: unknown }>("select value from platform_setting where key = $1 for update", [
      key,
    ]);
    if (!row) throw new Error("the setting of second factors is missing");
    if (JSON.stringify(row.value) === JSON.stringify(next)) return;
    await sql.query("update platform_setting set value = $2::jsonb, updated_at = now() where key = $1", [
      key,
      JSON.stringify(next),
    ]);
    const changes = { requiredFor: { from: row.value, to: next } };
    await writePlatformAudit(tx, scope, { action: "second-factor.required", changes });
  });
}

/** For who lost phone, passkeys and recovery codes: the password alone signs them in then. Their sessions end. */
export async function removeFactorsOf(scope: PlatformScope, personId: string, now: Date): Promise<{ email: string }> {
  requirePlatform(scope, "platform.people");
  return scope.db.prisma.$transaction(async (tx) => {
    const sql = sqlOfPrisma(tx);
    const [person] = await sql.query<{ email: string }>("select email from person where id = $1::uuid for update", [
      personId,
    ]);
    if (!person) throw new Refusal("There is no such person any more. Reload the page.");
    for (const table of ["totp", "passkey", "recovery_code", "sign_in"])
      await sql.query(`delete from ${table} where person_id = $1::uuid`, [personId]);
    await sql.query("update session set ended_at = $2::timestamptz where person_id = $1::uuid and ended_at is null", [
      personId,
      now,
    ]);
    await writePlatformAudit(tx, scope, { action: "person.second-factors-remove", target: person.email });
    return { email: person.email };
  });
}
