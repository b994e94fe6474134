// What an address asks for, and what may be said of a search that went back in parts.
import { expect, test } from "vitest";
import { askedOf, nothingFits, seenSince } from "./asked";

const now = new Date("2026-11-26T09:00:00Z");
const asked = (more: Record<string, string>) => askedOf({ text: "pumps", ...more }, "/here", "UTC", now);
const finds = (count: number) => async () => ({ rows: Array.from({ length: count }) });

test("behind a page newer mail fits; behind parts that found none it doesn't; a cursor that is none is left out", () => {
  expect(asked({}).newerFits).toBe(false);
  expect(asked({ before: "1764547200000-0" }).newerFits).toBe(true);
  expect(asked({ before: "1764547200000-0", none: "on" }).newerFits).toBe(false);
  expect(asked({ before: "yesterday" })).toMatchObject({ newerFits: false, filter: { before: undefined } });
  // What is searched for anew has not been searched in parts.
  expect(asked({ before: "1764547200000-0", none: "on" }).to({ text: "valves" })).toBe("/here?text=valves");
});

test("mail that came since an earlier part is not denied", async () => {
  const behind = asked({ before: "1764547200000-0", none: "on" });
  expect(nothingFits(await seenSince(behind, finds(0)))).toBe("Nothing fits");
  expect(nothingFits(await seenSince(behind, finds(1)))).toBe("No older mail fits");
  let searched = 0;
  const count = async () => {
    searched += 1;
    return { rows: [] };
  };
  expect(await seenSince(asked({}), count)).toEqual(expect.objectContaining({ newerFits: false }));
  expect(searched).toBe(0);
});
