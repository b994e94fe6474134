import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { changesOf, mutations, replaceOnce } from "./mutations";
import { rows } from "./rows";

it.each(mutations)("the places of “$promise” are there, once, and its row exists", (mutation) => {
  for (const { file, find, replace } of changesOf(mutation)) {
    const text = readFileSync(file, "utf8");
    expect(replaceOnce(text, find, replace)).not.toBe(text);
  }
  expect(rows.map(({ number }) => number)).toContain(mutation.row);
});
