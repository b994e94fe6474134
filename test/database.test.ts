// Row-level security as it really is, for the roles in use.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { raiseAlert } from "@/domain/alert/store";
import { inTenant, sqlInTenant } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { seenAlerts } from "./alerts";
import { type TestDatabase, testDatabase } from "./database";

let db: TestDatabase;
let a: string;
let b: string;

beforeAll(async () => {
  db = await testDatabase();
  const make = async (slug: string) =>
    (await db.owner.prisma.tenant.create({ data: { slug, name: slug, timeZone: "UTC" } })).id;
  a = await make("a");
  b = await make("b");
});
afterAll(() => db.drop());

describe("row-level security", () => {
  it("is enabled and forced on every tenant table", async () => {
    const { rows } = await db.owner.pool.query(`
      select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
      and (c.relname = 'tenant' or exists (select 1 from pg_attribute t
        where t.attrelid = c.oid and t.attname = 'tenant_id' and t.attnotnull))`);
    expect(rows).toEqual([]);
  });

  it("keeps alerts of a tenant to it, and those of the installation to people of the platform", async () => {
    const raise = (tenantId: string | null) =>
      raiseAlert(db.worker, { cause: `x:${tenantId}`, kind: "sum", tenantId, text: `about ${tenantId}` });
    await Promise.all([raise(a), raise(b), raise(null)]);
    await expect(db.web.pool.query("select text from alert")).rejects.toThrow(/mailferry\.tenant/);
    const scope = mintScope(db.web, a, { kind: "command", name: "test" });
    const mine = await inTenant(scope, (tx) => tx.$queryRaw`select text from alert where kind = 'sum'`);
    expect(mine).toEqual([{ text: `about ${a}` }]);
    expect(await seenAlerts(db)).toHaveLength(3);
    await db.owner.pool.query("update person set platform_role = null");
    expect((await db.web.pool.query("select * from portal_alerts($1)", [Buffer.alloc(32)])).rows).toEqual([]);
  });

  it("shows the web role its own tenant only", async () => {
    const scope = mintScope(db.web, a, { kind: "command", name: "test" });
    const seen = await inTenant(scope, (tx) => tx.tenant.findMany());
    expect(seen.map((t) => t.id)).toEqual([a]);
    expect(await inTenant(scope, (tx) => tx.tenant.findFirst({ where: { id: b } }))).toBeNull();
  });

  it("is an error without a tenant, also on a connection that served one", async () => {
    const client = await db.web.pool.connect();
    try {
      await expect(client.query("select * from tenant")).rejects.toThrow(/mailferry\.tenant/);
      await client.query("begin");
      await client.query("select set_config('mailferry.tenant', $1, true)", [a]);
      expect((await client.query("select * from tenant")).rowCount).toBe(1);
      await client.query("commit");
      await expect(client.query("select * from tenant")).rejects.toThrow(/uuid/);
    } finally {
      client.release();
    }
  });

  it("lets no temporary object of the web role run as the owner", async () => {
    const client = await db.web.pool.connect();
    try {
      await client.query("create temp table seen (who text)");
      await client.query("grant insert on seen to public");
      await client.query(`create function pg_temp.spy() returns boolean language plpgsql volatile as
        $$ begin insert into pg_temp.seen values (current_user); return true; end $$`);
      await client.query(`create temp view membership as
        select gen_random_uuid() as tenant_id, '${a}'::uuid as person_id, ''::text as role where pg_temp.spy()`);
      await client.query("grant select on pg_temp.membership to public");
      await client.query("select portal_person_elsewhere($1::uuid, $2::uuid)", [a, b]);
      expect((await client.query("select who from pg_temp.seen")).rows).toEqual([]);
    } finally {
      client.release(true);
    }
  });

  it("lets the web role own nothing, bypass nothing and read no sealed value", async () => {
    const role = await db.web.pool.query("select rolsuper, rolbypassrls from pg_roles where rolname = current_user");
    expect(role.rows).toEqual([{ rolsuper: false, rolbypassrls: false }]);
    const owned = await db.web.pool.query("select 1 from pg_class where pg_get_userbyid(relowner) = current_user");
    expect(owned.rowCount).toBe(0);
    const scope = mintScope(db.web, a, { kind: "command", name: "test" });
    await expect(sqlInTenant(scope, (sql) => sql.query("select sealed from secret"))).rejects.toThrow(
      /permission denied/,
    );
  });
});
