// What was typed, part by part: what it means, and what is left without it.
import { expect, test } from "vitest";
import { understand } from "./understand";

const now = new Date("2026-11-26T09:00:00Z");
const read = (typed: string) => understand(typed, now, "Europe/Berlin");
const words = (typed: string) => read(typed).words.map(({ field, text, not }) => `${not ? "-" : ""}${field}=${text}`);

test("words, days and a state in any order", () => {
  const found = read("invoice last Tuesday badmail from:anna");
  expect(found).toMatchObject({ state: "badmail", from: "2026-11-24", until: "2026-11-24" });
  expect(words("invoice last Tuesday badmail from:anna")).toEqual(["any=invoice", "from=anna"]);
  expect(found.marks.map(({ kind, without }) => [kind, without])).toEqual([
    ["word", "last Tuesday badmail from:anna"],
    ["days", "invoice badmail from:anna"],
    ["state", "invoice last Tuesday from:anna"],
    ["word", "invoice last Tuesday badmail"],
  ]);
});

test.each([
  ["waiting", "waiting"],
  ["Accepted", "delivered"],
  ["state:held", "held"],
  ["answer lost", "uncertain"],
  ["possibly twice", "duplicate"],
])("%s is a state", (typed, state) => {
  expect(read(typed)).toMatchObject({ state, words: [] });
});

test("in quotation marks or behind a key a state and a day are words", () => {
  expect(words('"waiting" subject:yesterday state:nonsense')).toEqual([
    "any=waiting",
    "subject=yesterday",
    "any=nonsense",
  ]);
  expect(read("waiting list").marks[0]?.asWords).toBe('"waiting" list');
  expect(words(read("waiting list").marks[0]?.asWords ?? "")).toEqual(["any=waiting", "any=list"]);
});

test("a day in a year that no mail can have is a word", () => {
  expect(words("until 9999-12-31")).toEqual(["any=until", "any=9999-12-31"]);
  expect(words("after 1899-12-31")).toEqual(["any=after", "any=1899-12-31"]);
  expect(read("after 9998-12-31").from).toBe("9999-01-01");
});

test("a second state and second days are words", () => {
  expect(words("held badmail")).toEqual(["any=badmail"]);
  expect(words("yesterday 24.11.")).toEqual(["any=24.11."]);
});

test.each([
  ["anna@contoso.example", "address"],
  ["anna@", "address"],
  ["from:anna@contoso.example", "address"],
  ["@contoso.example", "domain"],
  ["<1@side.example>", "id"],
  ["id:abc", "id"],
  ["pumps", "word"],
])("%s is understood as %s", (typed, kind) => expect(read(typed).marks.map((mark) => mark.kind)).toEqual([kind]));

test("whatever is typed, each part can be taken out and nothing throws", () => {
  for (const typed of [
    '"',
    '-"',
    "from:",
    "since",
    "between",
    "last",
    "\0",
    "a ".repeat(500),
    "'; drop table mail; --",
  ])
    for (const { without } of read(typed).marks) expect(read(without).marks.length).toBeLessThanOrEqual(12);
});
