// What stands in an address is no row's number until it looks like one.
import { expect, it } from "vitest";
import { rowNumber } from "./row-number";

it.each([
  ["12", 12],
  ["1e30", null],
  ["1.5", null],
  ["-3", null],
  ["0", null],
  ["Infinity", null],
  ["99999999999999999999", null],
  [undefined, null],
  [["1", "2"], null],
])("%j is row %j", (text, number) => expect(rowNumber(text)).toBe(number));
