import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqlTransaction } from "@/domain/scope";
import { makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { storeBody } from "./body";
import { type Place, placeOf, places, settlePlace } from "./place";

let db: TestDatabase;
let world: World;
beforeAll(async () => {
  db = await testDatabase();
  world = await makeTenant(db);
});
afterAll(() => db.drop());

const aPlace = fc.constantFrom<Place>(...places);

test("the place is one that some recipient is in, and no recipient is in an earlier one", () => {
  fc.assert(
    fc.property(aPlace, fc.array(aPlace, { minLength: 1 }), (own, of) => {
      const place = placeOf(own, of);
      expect(of).toContain(place);
      expect(Math.min(...of.map((one) => places.indexOf(one)))).toBe(places.indexOf(place));
    }),
  );
  expect(placeOf("held", [])).toBe("held");
});

test("the statement in SQL says what the rule says", async () => {
  await fc.assert(
    fc.asyncProperty(aPlace, fc.array(aPlace, { maxLength: 4 }), async (own, of) => {
      const [place, state] = await sqlTransaction(
        db.worker.pool,
        async (sql) => {
          const body = await storeBody(sql, world.tenantId, Buffer.from("a: b\r\n\r\n"));
          const [mail] = await sql.query<{ id: string }>(
            "insert into mail (tenant_id, kind, body_id, size, place) values ($1, 'collected', $2, 8, $3) returning id",
            [world.tenantId, body, own],
          );
          const id = mail?.id ?? "";
          for (const one of of)
            await sql.query("insert into recipient (tenant_id, mail_id, address, place) values ($1, $2, 'a@b', $3)", [
              world.tenantId,
              id,
              one,
            ]);
          const place = await settlePlace(sql, world.tenantId, id);
          const rows = await sql.query<{ state: string }>("select state from mail where tenant_id = $1 and id = $2", [
            world.tenantId,
            id,
          ]);
          return [place, rows[0]?.state] as const;
        },
        world.tenantId,
      );
      expect(place).toBe(placeOf(own, of));
      expect(state === "settled").toBe(place !== "waiting");
    }),
    { numRuns: 30 },
  );
});
