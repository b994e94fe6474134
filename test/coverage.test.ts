// Every test that docs/coverage.md names is there, so that no promise loses its test unseen.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const rows = readFileSync("docs/coverage.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| what must hold"));

it("lists promises", () => expect(rows.length).toBeGreaterThan(50));

it("names tests that exist", () => {
  const missing: string[] = [];
  for (const row of rows) {
    const named = [...row.matchAll(/`([^`]+\.(?:test|spec)\.ts)`[^“;|]*“(.+?)”(?=;| \|)/g)];
    if (named.length === 0) missing.push(`no test in: ${row}`);
    for (const [, file = "", name = ""] of named) {
      const text = readFileSync(file, { encoding: "utf8", flag: "r" });
      if (!text.includes(name)) missing.push(`${file} has no test “${name}”`);
    }
  }
  expect(missing).toEqual([]);
});
