import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { mutations, replaceOnce } from "./mutations";
import { rows } from "./rows";

it.each(mutations)("the place of “$promise” is there, once, and its row exists", ({ file, find, replace, row }) => {
  const text = readFileSync(file, "utf8");
  expect(replaceOnce(text, find, replace)).not.toBe(text);
  expect(rows.some(({ number, shortSeconds }) => number === row && shortSeconds !== null)).toBe(true);
});
