import { afterAll, beforeAll, expect, it } from "vitest";
import { inTenant, sqlTransaction, type TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { listAudit } from "./list";
import { writeAudit } from "./write";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;

beforeAll(async () => {
  db = await testDatabase();
  const tenant = async (slug: string) => {
    const { rows } = await db.owner.pool.query(
      "insert into tenant (slug, name, time_zone) values ($1, $1, 'UTC') returning id",
      [slug],
    );
    return mintScope(db.web, rows[0].id, { kind: "command", name: `who-${slug}` });
  };
  ours = await tenant("ours");
  theirs = await tenant("theirs");
  for (const n of [1, 2, 3, 4, 5])
    await inTenant(ours, (tx) => writeAudit(tx, ours, { action: "exchange.save", target: `server ${n}` }));
});
afterAll(() => db.drop());

it("pages by key, newest first, and finds by object", async () => {
  const first = await listAudit(ours, { before: null, search: "" }, 2);
  expect(first.rows.map((row) => row.target)).toEqual(["server 5", "server 4"]);
  const second = await listAudit(ours, { before: first.older, search: "" }, 3);
  expect(second.rows.map((row) => row.target)).toEqual(["server 3", "server 2", "server 1"]);
  expect(second.older).toBeNull();
  expect((await listAudit(ours, { before: null, search: "SERVER 3" }, 9)).rows).toHaveLength(1);
});

it("shows nothing of another tenant, and no role changes a row", async () => {
  expect((await listAudit(theirs, { before: null, search: "" }, 9)).rows).toEqual([]);
  for (const role of [db.web, db.worker]) {
    const change = sqlTransaction(role.pool, (sql) => sql.query("update audit set who = 'x'"), ours.tenantId);
    await expect(change).rejects.toThrow("permission denied");
  }
  await expect(db.owner.pool.query("update audit set who = 'x'")).rejects.toThrow("never changed");
});
