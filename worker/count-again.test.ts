// A new database has no statistics, and Postgres looks for some once a minute at most: the worker has its tables counted sooner.
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";

let db: TestDatabase;
let world: World;

beforeAll(async () => {
  db = await testDatabase();
  world = await makeTenant(db);
});
afterAll(() => db.drop());

const countAgain = async () => {
  const { rows } = await db.worker.pool.query("select worker_count_again() as more");
  return rows[0]?.more;
};
const counted = async (table: string) => {
  const { rows } = await db.owner.pool.query("select reltuples from pg_class where oid = $1::regclass", [table]);
  return rows[0]?.reltuples;
};
const copies = (id: string, count: number) =>
  db.owner.pool.query(
    `insert into mail (tenant_id, kind, body_id, sender, size, state, exchange_id)
     select tenant_id, kind, body_id, sender, size, 'received', exchange_id from mail, generate_series(1, $2::int) where id = $1`,
    [id, count],
  );

test("tables are counted when they are six times as large, until Postgres sees to them by itself", async () => {
  const id = await makeMail(db.worker, world, { to: [["anna@contoso.example", "waiting"]] });
  expect(await countAgain()).toBe(true);
  await copies(id, 300);
  expect(await countAgain()).toBe(true);
  expect(await counted("mail")).toBe(301);
  const { rows } = await db.worker.pool.query(
    `explain update mail set size = 2 where tenant_id = '${world.tenantId}' and id = '${id}'`,
  );
  expect(JSON.stringify(rows)).toContain("mail_pkey");
  await copies(id, 900);
  expect(await countAgain()).toBe(true);
  expect(await counted("mail")).toBe(301);
  await copies(id, 1600);
  expect(await countAgain()).toBe(false);
  expect(await counted("mail")).toBe(2801);
});

test("nobody waits for it", async () => {
  await db.owner.pool.query("update pg_class set reltuples = -1, relpages = 0 where oid = 'mail'::regclass");
  const other = await db.owner.pool.connect();
  await other.query("begin; lock table mail in share update exclusive mode");
  try {
    expect(await countAgain()).toBe(true);
  } finally {
    await other.query("rollback");
    other.release();
  }
});
