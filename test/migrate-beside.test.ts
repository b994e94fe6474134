// `migrate` beside programs that go on: where Postgres ends it to resolve a deadlock with one of them, it is done again.
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate } from "@/prisma/migrate";
import { makeTenant } from "./collecting";
import { type TestDatabase, testDatabase } from "./database";
import { makeMail } from "./mails";
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

it("mail that is written while the search is filled is found like any other", async () => {
  const world = await makeTenant(db);
  const make = (subject: string, state = "settled") =>
    makeMail(db.owner, world, { to: [[`${subject}@contoso.example`, "waiting"]], mail: { subject, state } });
  const stays = await make("stays");
  const [gone, routed, renamed] = [await make("gone"), await make("routed", "received"), await make("renamed")];
  const rows = () =>
    db.owner.pool.query("select subject, recipients, routed, collected_at from mail_search order by subject");
  await db.owner.pool.query(withoutSearch);

  const program = await holds("mail");
  await program.query("insert into recipient (tenant_id, mail_id, address) values ($1, $2, 'more@contoso.example')", [
    world.tenantId,
    routed,
  ]);
  await program.query("update mail set state = 'ready' where id = $1", [routed]);
  await program.query("update recipient set address = 'new@contoso.example' where mail_id = $1", [renamed]);
  await program.query("delete from mail where id = $1", [gone]);
  await program.query("update recipient set place = 'badmail' where mail_id = $1", [stays]);
  await program.query(
    `insert into mail (tenant_id, kind, body_id, sender, subject, size, place, state)
     select tenant_id, kind, body_id, sender, 'came', size, place, state from mail where id = $1`,
    [renamed],
  );
  const working = again();
  working.catch(() => {});
  await waiting("mail", 1);
  await program.query("commit");
  await program.end();
  expect((await working).applied).toEqual(["0180_mail_search", "0250_mail_apart", "0251_search_by_month"]);

  // Of two recipients either may stand first.
  const sorted = (words: string) => words.split(" ").sort().join(" ");
  const found = (await rows()).rows.map(({ subject, recipients, routed: is }) => [subject, sorted(recipients), is]);
  expect(found).toEqual([
    ["came", "", true],
    ["renamed", "new@contoso.example", true],
    ["routed", "more@contoso.example routed@contoso.example", true],
    ["stays", "stays@contoso.example", true],
  ]);
  const apart = await db.owner.pool.query("select subject, recipients, places from mail_apart");
  expect(apart.rows).toEqual([{ subject: "stays", recipients: "stays@contoso.example", places: ["badmail"] }]);
});

/** As the version before left it. */
const withoutSearch = `drop table mail_search, mail_apart cascade; drop index mail_twice;
  do $$ declare f regprocedure; begin
    for f in select oid from pg_proc where pronamespace = 'public'::regnamespace
      and (proname like 'search\\_%' or proname in ('migration_lock', 'portal_search', 'portal_trace', 'portal_blind_mailboxes')) loop
      execute 'drop function ' || f || ' cascade';
    end loop; end $$;
  delete from _prisma_migrations where migration_name in ('0180_mail_search', '0250_mail_apart', '0251_search_by_month')`;

it("roles and policies that got in the way of a program are set again", async () => {
  await db.owner.pool.query("drop policy one_tenant on mail");
  await inTheWay("tenant", "mail", again);
  const { rows } = await db.owner.pool.query(
    "select tablename from pg_policies where policyname = 'one_tenant' and tablename = 'mail'",
  );
  expect(rows).toHaveLength(1);
});
