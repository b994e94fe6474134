import { expect, test } from "vitest";
import { placeWords } from "./place-words";

test.each([
  [null, /^Type its address/],
  [{ state: "stopped", reasonKind: "setup-recipients", reason: "x" }, /^It is saved, and nothing is collected/],
  [{ state: "active", reasonKind: null, reason: null }, /^It is collected already/],
  [{ state: "paused", reasonKind: null, reason: null }, /^It is paused/],
  [
    { state: "stopped", reasonKind: "renumbered", reason: "All mails look new." },
    /^All mails look new\. What you change/,
  ],
] as const)("%o: %s", (mailbox, words) => {
  expect(placeWords(mailbox)).toMatch(words);
});
