// The fault matrix in its short form, a few seconds each row. `npm run chaos` has the long one. Each group of rows is a test file
// of its own, so that they run beside each other; those that need root or libfaketime are one more, and are skipped where there is none.
import { describe, expect, it } from "vitest";
import type { Row } from "./row";
import { runRow } from "./run";
import { tableOf } from "./table";

/** The same faults in each run of the tests; `npm run chaos` takes others each time. */
const seed = Number(process.env.MAILFERRY_CHAOS_SEED ?? 1);

export function testShort(rows: Row[], demanding = false): void {
  const chosen = rows.filter((row) => row.shortSeconds !== null && (row.demanding === true) === demanding);
  describe(`the fault matrix, seed ${seed}`, () => {
    for (const row of chosen) {
      const missing = row.missing?.() ?? null;
      const required = process.env.MAILFERRY_REQUIRE_PEERS === "1" && !demanding;
      it.skipIf(missing !== null && !required)(
        `${row.number} ${row.name}${missing && !required ? ` (${missing})` : ""}`,
        async () => {
          const outcome = await runRow(row, { seed, short: true });
          expect(outcome.kind, tableOf([outcome])).toBe("held");
        },
        (row.shortSeconds ?? 30) * 5000,
      );
    }
  });
}
