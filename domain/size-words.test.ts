import { expect, test } from "vitest";
import { sizeWords } from "./size-words";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1 KB"],
  [14_400, "14 KB"],
  [999_400, "999 KB"],
  [999_600, "1 MB"],
  [1_250_000, "1.3 MB"],
  [25_000_000, "25 MB"],
  [36_700_160, "36.7 MB"],
  [999_960_000, "1 GB"],
  [2_400_000_000, "2.4 GB"],
])("%i octets are %s", (octets, words) => {
  expect(sizeWords(octets)).toBe(words);
});
