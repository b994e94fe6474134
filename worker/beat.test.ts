import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { beat, leave, newWorkerId } from "./beat";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const facts = () => ({ workerId: newWorkerId(), name: "w", sites: ["main", "branch"], address: "", version: "1" });
const clockBack = (seconds: number) =>
  db.owner.pool.query("update site_clock set beat_at = beat_at - make_interval(secs => $1)", [seconds]);
const running = async () =>
  (await db.owner.pool.query<{ s: number }>("select running_seconds as s from site_clock where site = 'main'")).rows[0]
    ?.s ?? -1;

it("the site's clock runs once, however many workers beat, and not through a standstill", async () => {
  const [one, two] = [facts(), facts()];
  await beat(db.worker, one, false);
  await clockBack(10);
  await Promise.all([beat(db.worker, one, false), beat(db.worker, two, false)]);
  expect(await running()).toBeGreaterThanOrEqual(10);
  expect(await running()).toBeLessThan(12);
  await clockBack(86_400);
  await beat(db.worker, two, false);
  expect(await running()).toBeLessThan(43);
});

it("a worker that leaves takes its row along", async () => {
  const one = facts();
  await beat(db.worker, one, true);
  await leave(db.worker, one.workerId);
  expect((await db.owner.pool.query("select 1 from worker where id = $1", [one.workerId])).rowCount).toBe(0);
});
