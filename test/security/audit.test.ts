// Checklist 32: what was written down stays as it was, for each role that programs log in with and for the owner.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Db } from "@/lib/db";
import { type TestDatabase, testDatabase } from "../database";

let db: TestDatabase;
let tenantId: string;

beforeAll(async () => {
  db = await testDatabase();
  tenantId = (await db.owner.prisma.tenant.create({ data: { slug: "a", name: "A", timeZone: "UTC" } })).id;
  await db.owner.pool.query("insert into audit (tenant_id, who, action) values ($1, 'somebody', 'exchange.save')", [
    tenantId,
  ]);
  await db.owner.pool.query("insert into platform_audit (who, action) values ('somebody', 'tenant.make')");
});
afterAll(() => db.drop());

/** One statement with the tenant as its context, as the portal makes it. */
async function run(role: Db, statement: string): Promise<number> {
  const client = await role.pool.connect();
  try {
    await client.query("begin");
    await client.query("select set_config('mailferry.tenant', $1, true)", [tenantId]);
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.query("rollback");
    client.release();
  }
}

describe.each(["audit", "platform_audit"])("%s", (table) => {
  it.each(["web", "worker"] as const)("can be neither changed nor emptied by %s", async (role) => {
    expect(await run(db[role], `select * from ${table}`)).toBe(1);
    for (const statement of [`update ${table} set who = 'nobody'`, `delete from ${table}`, `truncate ${table}`])
      await expect(run(db[role], statement), statement).rejects.toThrow(/permission denied/);
    await expect(run(db[role], `alter table ${table} disable trigger all`)).rejects.toThrow(/must be owner/);
  });

  it("is not changed by the owner's own mistake either", async () => {
    await expect(run(db.owner, `update ${table} set who = 'nobody'`)).rejects.toThrow("never changed");
  });
});

it("loses no row younger than two years by the worker's tidying", async () => {
  const { rows } = await db.worker.pool.query("select worker_tidy_audit(now() + interval '10 years', 1000) as gone");
  expect(rows[0].gone).toBe(0);
});
