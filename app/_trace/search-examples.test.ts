// What the help of the search says is what the search understands.
import { expect, it } from "vitest";
import { understand } from "@/domain/message/understand";
import { joinedExample, searchExamples } from "./search-examples";

const kinds = (typed: string) =>
  understand(typed, new Date("2026-11-27T12:00:00Z"), "Europe/Berlin").marks.map(({ kind }) => kind);

it.each(searchExamples.flatMap(({ typed, as }) => typed.map((text, n) => [text, as[n] ?? as[0]] as const)))(
  "the help's %s is understood as: %s",
  (typed, kind) => {
    expect(new Set(kinds(typed))).toEqual(new Set([kind]));
  },
);

it("parts of the help's last example are understood beside each other", () => {
  expect(kinds(joinedExample.typed)).toEqual(joinedExample.as);
});

it("what the help takes away is taken away", () => {
  const taken = searchExamples.flatMap(({ typed }) => typed).filter((typed) => typed.startsWith("-"));
  expect(taken).not.toEqual([]);
  for (const typed of taken) expect(understand(typed, new Date(), "UTC").words[0]?.not).toBe(true);
});
