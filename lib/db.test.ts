// A database behind a network that swallows packets without a word, as a real server behind a proxy that does so.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type ChaosProxy, startProxy } from "@/test/servers/chaos-proxy";
import { startSharingPooler } from "@/test/servers/sharing-pooler";
import { databaseAway } from "@/worker/loop";
import { keepsPrepared, openDb } from "./db";

let db: TestDatabase;
let proxy: ChaosProxy;
let url: string;

beforeAll(async () => {
  db = await testDatabase();
  const address = new URL(db.urls.worker);
  proxy = await startProxy(Number(address.port));
  address.port = String(proxy.port);
  url = address.href;
});
afterAll(async () => {
  await proxy.stop();
  await db.drop();
});

const failure = (asked: Promise<unknown>) =>
  asked.then(
    () => "it was answered",
    (error: unknown) => error,
  );

it("gives up a connection that went silent, says that the database is away, and goes on with another", async () => {
  const behind = openDb(url, 1, 2000);
  await behind.prisma.$queryRaw`select 1`;
  await behind.pool.query("select 1");
  expect(proxy.count.open).toBe(2);
  proxy.swallowAll();
  const failures = await Promise.all([
    failure(behind.pool.query("select 1")),
    failure(behind.prisma.$queryRaw`select 1`),
  ]);
  for (const error of failures) expect(databaseAway(error), String(error)).toBe(true);
  expect((await behind.pool.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  expect(await behind.prisma.$queryRaw`select 1 as n`).toEqual([{ n: 1 }]);
  await behind.close();
});

it("does not take an answer that comes in pieces for silence", async () => {
  const slow = await startProxy(Number(new URL(db.urls.worker).port), { bytesPerSecond: 4000 });
  const address = new URL(db.urls.worker);
  address.port = String(slow.port);
  const behind = openDb(address.href, 1, 700);
  const { rows } = await behind.pool.query<{ text: string }>("select repeat('x', 8000) as text");
  expect(rows[0]?.text.length).toBe(8000);
  await behind.close();
  await slow.stop();
});

it("prepares what has values, once on its connection, when told to", async () => {
  const prepared = openDb(db.urls.worker, 1);
  const names = async () => (await prepared.pool.query("select statement from pg_prepared_statements")).rows;
  await prepared.pool.query("select $1::int + 1", [1]);
  expect(await names()).toEqual([]);
  prepared.prepare();
  for (let n = 0; n < 7; n += 1)
    expect((await prepared.pool.query("select $1::int + 1 as n", [n])).rows).toEqual([{ n: n + 1 }]);
  await prepared.pool.query("select 1", []);
  expect(await names()).toEqual([{ statement: "select $1::int + 1 as n" }]);
  await prepared.close();
});

it("knows a pooler under which a prepared statement does not stay with its connection", async () => {
  expect(await keepsPrepared(db.urls.worker)).toBe(true);
  const pooler = await startSharingPooler(db.urls.worker);
  expect(await keepsPrepared(pooler.url)).toBe(false);
  await pooler.stop();
});

it("uses few connections while they come back, and more beside those that wait for a lock", async () => {
  const db = openDb(url, 8, undefined, 2);
  const holder = await db.pool.connect();
  try {
    await Promise.all(Array.from({ length: 30 }, () => db.pool.query("select $1::int", [1])));
    expect(db.pool.totalCount).toBe(2);
    await holder.query("select pg_advisory_lock(4711)");
    const waiting = Array.from({ length: 3 }, () => db.pool.query("select pg_advisory_xact_lock(4711)"));
    // The two places are theirs, and nobody else waits for them all the same.
    expect((await db.pool.query("select $1::int as n", [7])).rows).toEqual([{ n: 7 }]);
    expect(db.pool.totalCount).toBeGreaterThan(3);
    await holder.query("select pg_advisory_unlock(4711)");
    await Promise.all(waiting);
    holder.release();
    await expect.poll(() => db.pool.options.max).toBe(2);
  } finally {
    await db.close();
  }
});
