// Routing in a worker: a tenant takes one turn at a time, however often it is asked for.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeCompany, startWorker } from "@/test/delivering";
import { routeTenant } from "./route";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

it("a tenant whose routing takes its time leaves the connections to the others", async () => {
  const { tenantId } = await makeCompany(db, 25);
  const { context, stop } = startWorker(db, []);
  const other = await db.owner.pool.connect();
  await other.query("select pg_advisory_lock(hashtextextended('route ' || $1::text, 0))", [tenantId]);
  const asked = Array.from({ length: 30 }, () => routeTenant(context, tenantId));
  try {
    const waited = Date.now();
    await db.worker.pool.query("select 1");
    expect(Date.now() - waited).toBeLessThan(5000);
    expect(db.worker.pool.totalCount).toBeLessThan(5);
  } finally {
    await other.query("select pg_advisory_unlock_all()");
    other.release();
  }
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 30 }, () => 0));
  await stop();
});

it("mail that comes during a turn is routed by it", async () => {
  const { tenantId, sql } = await makeCompany(db, 25);
  const { context, stop } = startWorker(db, []);
  const receive = async () => {
    const [body] = await sql.query<{ id: string }>(
      "insert into body (tenant_id, complete) values ($1, true) returning id",
      [tenantId],
    );
    await sql.query("insert into mail (tenant_id, kind, body_id, size) values ($1, 'collected', $2, 0)", [
      tenantId,
      body?.id,
    ]);
  };
  await receive();
  const first = routeTenant(context, tenantId);
  await receive();
  const second = routeTenant(context, tenantId);
  await Promise.all([first, second]);
  const left = await sql.query("select 1 from mail where tenant_id = $1 and state = 'received'", [tenantId]);
  expect(left).toEqual([]);
  await stop();
});
