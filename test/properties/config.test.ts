// The configuration file against a real database: whatever valid settings a file brings in, the export of them says the
// same, and importing that export changes nothing.
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { exportConfig } from "@/domain/config/export";
import { exchangeFaults } from "@/domain/exchange/schema";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Importer, importerFor } from "@/test/importing";
import { seed } from "./seed";
import { aTenant, someMembers } from "./some-config";

let db: TestDatabase;
let importer: Importer;
beforeAll(async () => {
  db = await testDatabase();
  importer = await importerFor(db);
});
afterAll(() => db.drop());

const aFile = fc
  .uniqueArray(aTenant, { minLength: 1, maxLength: 2, selector: ({ slug }) => slug })
  .filter((tenants) => tenants.every(({ exchange }) => exchangeFaults(exchange).length === 0))
  .chain((tenants) =>
    fc.record({
      version: fc.constant(1),
      tenants: fc.constant(tenants),
      members: someMembers(tenants.map(({ slug }) => slug)),
    }),
  );

it("the export of what was imported says the same, and importing it changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(aFile, async (file) => {
      await db.owner.pool.query("delete from tenant");
      await db.owner.pool.query("delete from person");
      const first = await importer.good(stringify(file));
      expect(first.changes.length).toBeGreaterThan(0);
      expect((await importer.good(stringify(file))).changes).toEqual([]);
      const plain = stringify(await exportConfig(db.owner, {}));
      const whole = stringify(await exportConfig(db.owner, { keys: importer.keys }));
      for (const text of [plain, whole]) {
        expect((await importer.good(text)).changes).toEqual([]);
        expect((await importer.good(text, { prune: true })).changes).toEqual([]);
      }
      expect(stringify(await exportConfig(db.owner, { keys: importer.keys }))).toBe(whole);
      // Brought in elsewhere, it is the same again.
      await db.owner.pool.query("delete from tenant");
      await db.owner.pool.query("delete from person");
      await importer.good(whole);
      expect(stringify(await exportConfig(db.owner, { keys: importer.keys }))).toBe(whole);
    }),
    { seed, numRuns: 6, endOnFailure: true },
  );
}, 60_000);
