import { expect, it } from "vitest";
import { provedWords } from "./words";

const at = new Date("2026-11-23T16:22:00Z");

it.each([
  // 14 were proved then; 96 are there now, and say nothing about then.
  [96, at, 14, ": the stored bytes of 14 undelivered mails, read back then, are whole."],
  [96, at, 1, ": the stored bytes of 1 undelivered mail, read back then, are whole."],
  [96, at, 0, "."],
])("%i collected by now, proved at %s with %i bodies", (collected, provedAt, bodies, words) =>
  expect(provedWords(collected, { provedAt, bodies })).toBe(words),
);

it("counts for the page itself before the first proof", () =>
  expect(provedWords(1, { provedAt: null, bodies: 0 })).toMatch(
    /^: each of 1 collected mail is in exactly one place\. The stored bytes were not read back yet/,
  ));
