// What came of "Try all now": counted by those mails alone, and by nothing that came or went otherwise.
import { afterAll, beforeAll, expect, test } from "vitest";
import { tryAllNow } from "@/domain/lane/control";
import { makeTenant, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";
import { triedSince } from "./tried";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

test("counts what went out, is stuck, waits and was put off, of the mails that were due", async () => {
  const world = await makeTenant(db);
  const [ours, theirs] = [personScope(db, world.tenantId), personScope(db, (await makeTenant(db)).tenantId)];
  const make = () => makeMail(db.worker, world, { to: [["a@contoso.example", "waiting"]], mail: { state: "ready" } });
  const ids = [await make(), await make(), await make(), await make(), await make()];
  const settle = (id: string | undefined, place: string) =>
    db.owner.pool.query("update mail set state = 'settled', place = $2, settled_at = now() where id = $1", [id, place]);
  await settle(ids[0], "delivered");
  await db.owner.pool.query("update mail set settled_at = now() - interval '1 minute' where id = $1", [ids[0]]);
  const asked = await tryAllNow(ours);
  expect(asked.mails).toBe(4);
  const late = await make();
  await settle(ids[1], "delivered");
  await settle(ids[2], "badmail");
  await db.owner.pool.query("update mail set next_attempt_at = now() + interval '5 minutes' where id = $1", [ids[3]]);
  const found = { state: "closed", accepted: 1, stuck: 1, waiting: 2, putOff: 1 };
  expect(await triedSince(ours, asked)).toMatchObject(found);
  await settle(late, "delivered");
  expect(await triedSince(ours, asked)).toMatchObject(found);
  expect(await triedSince(theirs, asked)).toMatchObject({ accepted: 0, stuck: 0, waiting: 0, putOff: 0 });
});
