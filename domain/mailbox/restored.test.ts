import { expect, it } from "vitest";
import { mayBeRepeat } from "./restored";

const from = new Date("2026-11-24T02:00:00Z");
const at = new Date("2026-11-24T15:00:00Z");
const when = (text: string | null) => (text === null ? null : new Date(text));

it.each([
  ["between backup and restore", "2026-11-24T09:00:00Z", true, true],
  ["after the restore", "2026-11-24T15:00:01Z", false, false],
  ["the evening before the backup", "2026-11-23T21:00:00Z", true, true],
  // A mailbox that was behind at the backup; later it is mail that somebody moved here.
  ["a month before the backup", "2026-10-24T09:00:00Z", true, false],
  ["nobody knows when", null, true, false],
])("received %s: marked in the first round, and later", (_name, received, first, later) => {
  expect(mayBeRepeat({ from, at, open: true }, when(received))).toBe(first);
  expect(mayBeRepeat({ from, at, open: false }, when(received))).toBe(later);
  expect(mayBeRepeat(null, when(received))).toBe(false);
});
