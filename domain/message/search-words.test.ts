// What people type into the one box.
import { expect, test } from "vitest";
import { searchWords } from "./search-words";

const words = (typed: string) => searchWords(typed).map(({ field, text, not }) => `${not ? "-" : ""}${field}=${text}`);

test.each([
  ["anna", ["any=anna"]],
  ["from:anna to:bob", ["from=anna", "to=bob"]],
  ['"delivery date" subject:"part 88"', ["any=delivery date", "subject=part 88"]],
  ["To: bob", ["to=bob"]],
  ["-to:bob -bob", ["-to=bob", "any=-bob"]],
  ["id:<1@x.example>", ["id=<1@x.example>"]],
  ['"unended phrase', ["any=unended phrase"]],
  ["re:offer http://x.example:80", ["any=re:offer", "any=http://x.example:80"]],
  ["from:", ["any=from:"]],
  ["  \0 ", []],
])("%j", (typed, found) => expect(words(typed)).toEqual(found));

test("a character that the bound cuts in two is left out whole", () => {
  expect(searchWords(`${"x".repeat(299)}😀`)[0]?.text).toBe("x".repeat(299));
});

test("is bounded", () => {
  expect(searchWords("a ".repeat(1000)).length).toBeLessThanOrEqual(12);
  expect(searchWords("x".repeat(5000))[0]?.text.length).toBeLessThanOrEqual(300);
});
