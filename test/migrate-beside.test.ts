// `migrate` beside programs that go on: where Postgres ends it to resolve a deadlock with one of them, it is done again.
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate } from "@/prisma/migrate";
import { type TestDatabase, testDatabase } from "./database";
import { until } from "./worker-process";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

/**
 * A program's transaction has the table `held` and wants the table `wanted`, which `work` has locked by then and wants the
 * first. A second one holds `work` up until the program waits, so that it is `work` which waits last and is ended.
 */
async function inTheWay(held: string, wanted: string, work: () => Promise<unknown>): Promise<void> {
  const [program, second] = [await holds(held), await holds(wanted)];
  try {
    const working = work();
    working.catch(() => {});
    await waiting(wanted, 1);
    const gets = program.query(`lock table ${wanted} in row exclusive mode`);
    await waiting(wanted, 2);
    await second.query("commit");
    await gets;
    await program.query("commit");
    await working;
  } finally {
    await Promise.all([program.end(), second.end()]);
  }
}

async function holds(table: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: db.urls.owner });
  await client.connect();
  await client.query("begin");
  // It looks for no deadlock itself.
  await client.query("set local deadlock_timeout = '1h'");
  await client.query(`lock table ${table} in row exclusive mode`);
  return client;
}

const waiting = (table: string, count: number) =>
  until(`${count} wait for ${table}`, async () => {
    const { rowCount } = await db.owner.pool.query(
      `select 1 from pg_locks where not granted and relation = $1::regclass
         and database = (select oid from pg_database where datname = current_database())`,
      [table],
    );
    return rowCount === count;
  });

const again = () =>
  migrate({ ownerUrl: db.urls.owner, dataFolder: "", webUrl: db.urls.web, workerUrl: db.urls.worker });

it("a migration that got in the way of a program is done again, whole", async () => {
  const name = "0098_settings_epoch";
  for (const table of ["lane", "lane_slot"])
    await db.owner.pool.query(`alter table ${table} drop column settings_epoch`);
  await db.owner.pool.query("delete from _prisma_migrations where migration_name = $1", [name]);
  let done: string[] = [];
  await inTheWay("lane_slot", "lane", async () => {
    done = (await again()).applied;
  });
  expect(done).toEqual([name]);
  const { rows } = await db.owner.pool.query(
    `select table_name from information_schema.columns
     where column_name = 'settings_epoch' and table_name in ('lane', 'lane_slot') order by 1`,
  );
  expect(rows).toEqual([{ table_name: "lane" }, { table_name: "lane_slot" }]);
});

it("roles and policies that got in the way of a program are set again", async () => {
  await db.owner.pool.query("drop policy one_tenant on mail");
  await inTheWay("tenant", "mail", again);
  const { rows } = await db.owner.pool.query(
    "select tablename from pg_policies where policyname = 'one_tenant' and tablename = 'mail'",
  );
  expect(rows).toHaveLength(1);
});
