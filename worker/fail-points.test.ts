import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { failPointNames, parseFailPoints } from "./fail-points";

it("reads what to do, when, and for which mail", () => {
  expect(parseFailPoints("intake.before=crash@3, outcome.before=stall:250%10,fetched=throw~number 7")).toMatchObject([
    { name: "intake.before", act: "crash", only: 3, percent: null, text: null },
    { name: "outcome.before", act: "stall", stallMs: 250, percent: 10 },
    { name: "fetched", act: "throw", text: "number 7" },
  ]);
  expect(parseFailPoints("")).toEqual([]);
});

it.each(["intake=crash", "intake.before", "intake.before=explode", "intake.before=stall"])("refuses %s", (text) => {
  expect(() => parseFailPoints(text)).toThrow(/MAILFERRY_FAILPOINTS.*is no fail point/);
});

it("each stands at exactly one place of the worker", () => {
  const code = readdirSync("worker")
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && name !== "fail-points.ts")
    .map((name) => readFileSync(join("worker", name), "utf8"))
    .join("\n");
  const used = [...code.matchAll(/failPoint\("([^"]+)"/g)].map(([, name]) => name).sort();
  expect(used).toEqual([...failPointNames].sort());
});
