// A company whose members all need a second factor, on a real Postgres with the portal's own role.
import { afterAll, beforeAll, expect, it } from "vitest";
import { beginSession, readSession } from "@/domain/person/session";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { allNeedFactor, requireFactorOfAll } from "./second-factor";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;

const one = async (text: string, values: unknown[]) => (await db.owner.pool.query(text, values)).rows[0].id as string;
const tenant = async (slug: string): Promise<TenantScope> => {
  const id = await one("insert into tenant (slug, name, time_zone) values ($1, $1, 'UTC') returning id", [slug]);
  const actor = { kind: "person", personId: "00000000-0000-4000-8000-000000000001", name: "Ada" } as const;
  return mintScope(db.web, id, actor);
};
const person = (email: string, platformRole: string | null = null) =>
  one("insert into person (email, platform_role, password_hash) values ($1, $2, 'x') returning id", [
    email,
    platformRole,
  ]);
const join = ({ tenantId }: TenantScope, personId: string, role: string) =>
  db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, $3)", [
    tenantId,
    personId,
    role,
  ]);
const needs = async (personId: string) => {
  const token = await beginSession(db.web, personId, { address: "192.0.2.1", agent: "" }, new Date());
  return (await readSession(db.web, token))?.needsFactor;
};
const audit = (scope: TenantScope) =>
  db.owner.prisma.audit.findMany({ where: { tenantId: scope.tenantId, action: "member.second-factor" } });

beforeAll(async () => {
  db = await testDatabase();
  ours = await tenant("ours");
  theirs = await tenant("theirs");
});
afterAll(() => db.drop());

it("asks each member whatever the role, who has none, and nobody else", async () => {
  const viewer = await person("viewer@ours.example");
  const both = await person("both@ours.example");
  const stranger = await person("admin@theirs.example");
  const platform = await person("platform@provider.example", "admin");
  await join(ours, viewer, "viewer");
  await join(ours, both, "operator");
  await join(theirs, both, "viewer");
  await join(theirs, stranger, "admin");
  expect(await needs(viewer)).toBe(false);
  await requireFactorOfAll(ours, true);
  expect([await allNeedFactor(ours), await allNeedFactor(theirs)]).toEqual([true, false]);
  expect(await Promise.all([viewer, both, stranger, platform].map(needs))).toEqual([true, true, false, false]);
  await db.owner.pool.query(
    "insert into passkey (person_id, credential_id, public_key, name) values ($1, 'c1', '\\x00', 'key')",
    [viewer],
  );
  expect(await needs(viewer)).toBe(false);
  const { rows } = await db.web.pool.query("select * from portal_factors_left($1)", [viewer]);
  expect(rows).toEqual([{ any_left: true, needed: true }]);
});

it("is written down once, and the platform's rule stays when it is taken back", async () => {
  const admin = await person("admin@ours.example");
  await join(ours, admin, "admin");
  await requireFactorOfAll(ours, true);
  expect(await audit(ours)).toMatchObject([{ who: "Ada", changes: { secondFactor: { from: false, to: true } } }]);
  await db.owner.pool.query("update platform_setting set value = '[\"admin\"]' where key = 'second-factor-roles'");
  await requireFactorOfAll(ours, false);
  expect(await needs(admin)).toBe(true);
  await db.owner.pool.query("update platform_setting set value = '[]' where key = 'second-factor-roles'");
  expect(await needs(admin)).toBe(false);
  expect(await audit(ours)).toHaveLength(2);
  expect(await audit(theirs)).toEqual([]);
});

it("a closed company asks nobody, and nothing is changed in it", async () => {
  const member = await person("member@theirs.example");
  await join(theirs, member, "viewer");
  await requireFactorOfAll(theirs, true);
  expect(await needs(member)).toBe(true);
  await db.owner.pool.query("update tenant set state = 'closed', closed_at = now() where id = $1", [theirs.tenantId]);
  expect(await needs(member)).toBe(false);
  await expect(requireFactorOfAll(theirs, false)).rejects.toThrow("closed");
});
