// What workers have seen of the room, on a real Postgres: for how long it counts, and what a server may refuse to tell.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { raiseAlert, resolveSpace } from "@/domain/alert/store";
import { sqlOf } from "@/domain/scope";
import { type TestDatabase, testDatabase } from "@/test/database";
import { databaseSize, forgetReadings, isWatched, recordReading, spacePause } from "./store";
import type { SpaceNews } from "./threshold";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(() => db.owner.pool.query("truncate space_reading, alert"));

const saw = (watcher: string, news: SpaceNews) =>
  recordReading(db.worker, { kind: "disk", watcher, seen: "0.9 GB left", news });
/** The reading of this worker is so many minutes old; below 0 it lies ahead, as after a clock that went back. */
const aged = (watcher: string, minutes: number) =>
  db.owner.pool.query("update space_reading set read_at = now() - make_interval(mins => $2) where watcher = $1", [
    watcher,
    minutes,
  ]);
const seen = async () => {
  const sql = sqlOf(db.worker.pool);
  return [(await spacePause(sql)) !== null, await isWatched(sql)];
};

test.each([
  [0, [true, true]],
  [2, [true, true]],
  [4, [false, false]],
  [-2, [false, false]],
  [-600, [false, false]],
])("a reading that is %d minutes old: paused and watched %j", async (minutes, expected) => {
  await saw("a", "full");
  await aged("a", minutes);
  expect(await seen()).toEqual(expected);
});

test("a reading that lies ahead is forgotten, and neither kept as the last word nor in the next one's way", async () => {
  await saw("a", "full");
  await saw("b", "full");
  await aged("a", -600);
  await saw("a", null);
  expect((await db.owner.pool.query("select paused from space_reading where watcher = 'a'")).rows[0].paused).toBe(
    false,
  );
  await aged("b", -600);
  await forgetReadings(db.worker);
  expect((await db.owner.pool.query("select watcher from space_reading")).rows).toEqual([{ watcher: "a" }]);
});

test.each([
  ["the worker that saw it sees room", [["a", "room", 0]], "room"],
  ["another worker sees room, the one that saw it is gone", [["b", "room", 0]], "room"],
  ["nobody looks any more", [], "unseen"],
  ["nobody looks any more, and one of them saw room", [["b", "room", 5]], "unseen"],
] as const)("over, since %s", async (_, readings, state) => {
  await saw("a", "full");
  await aged("a", 4);
  await raiseAlert(db.worker, { cause: "space", kind: "space", tenantId: null, text: "paused" });
  for (const [watcher, news, minutes] of readings) {
    await saw(watcher, news);
    await aged(watcher, minutes);
  }
  await resolveSpace(db.worker);
  expect((await db.owner.pool.query("select facts from alert")).rows).toEqual([{ facts: { state } }]);
});

test("a server that does not tell which one it is still tells its size", async () => {
  const { rows } = await db.owner.pool.query("select system_identifier::text as identifier from pg_control_system()");
  expect(await databaseSize(db.worker, true)).toMatchObject(rows[0]);
  expect(await databaseSize(db.worker, false)).toMatchObject({ identifier: null });
  await db.owner.pool.query("revoke execute on function pg_control_system() from public");
  try {
    const told = await databaseSize(db.worker, true);
    expect(told.identifier).toBeNull();
    expect(told.databaseBytes).toBeGreaterThan(1e6);
  } finally {
    await db.owner.pool.query("grant execute on function pg_control_system() to public");
  }
});

test("deleted bodies are vacuumed when a fiftieth is dead: their rows, and the octets that lie beside them", async () => {
  const { rows } = await db.owner.pool.query(
    `select unnest(c.reloptions || t.reloptions) as set from pg_class c
     join pg_class t on t.oid = c.reltoastrelid where c.oid = 'body_chunk'::regclass`,
  );
  expect(rows).toEqual(Array(2).fill({ set: "autovacuum_vacuum_scale_factor=0.02" }));
});
