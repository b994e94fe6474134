// The fault matrix in its short form: every row that needs no root, a few seconds each. `npm run chaos` has the long one. Each
// group of rows is a test file of its own, so that they run beside each other.
import { describe, expect, it } from "vitest";
import type { Row } from "./row";
import { runRow } from "./run";
import { tableOf } from "./table";

/** The same faults in each run of the tests; `npm run chaos` takes others each time. */
const seed = Number(process.env.MAILFERRY_CHAOS_SEED ?? 1);

export function testShort(rows: Row[]): void {
  describe(`the fault matrix, seed ${seed}`, () => {
    for (const row of rows.filter(({ shortSeconds }) => shortSeconds !== null)) {
      const missing = row.missing?.() ?? null;
      it.skipIf(missing !== null && process.env.MAILFERRY_REQUIRE_PEERS !== "1")(
        `${row.number} ${row.name}`,
        async () => {
          const outcome = await runRow(row, { seed, short: true });
          expect(outcome.kind, tableOf([outcome])).toBe("held");
        },
        (row.shortSeconds ?? 30) * 5000,
      );
    }
  });
}
