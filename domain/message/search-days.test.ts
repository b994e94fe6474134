// Days as people say them. Today is Thursday, 26 November 2026.
import { describe, expect, test } from "vitest";
import { dayIn, daysIn } from "./search-days";

const today = "2026-11-26";
const days = (said: string) => {
  const found = daysIn(said.split(" "), today);
  return found && `${found.from ?? ""}/${found.until ?? ""} ${found.taken}`;
};

test.each([
  ["today", "2026-11-26/2026-11-26 1"],
  ["Yesterday", "2026-11-25/2026-11-25 1"],
  ["last Tuesday", "2026-11-24/2026-11-24 2"],
  ["last Thursday", "2026-11-19/2026-11-19 2"],
  ["on Thursday", "2026-11-26/2026-11-26 2"],
  ["on fri", "2026-11-20/2026-11-20 2"],
  ["this Monday", "2026-11-23/2026-11-23 2"],
  ["24.11.", "2026-11-24/2026-11-24 1"],
  ["24.11", null],
  ["27.11.", "2025-11-27/2025-11-27 1"],
  ["24.11.26", "2026-11-24/2026-11-24 1"],
  ["2026-11-24", "2026-11-24/2026-11-24 1"],
  ["24 Nov", "2026-11-24/2026-11-24 2"],
  ["Nov 24 2025 invoice", "2025-11-24/2025-11-24 3"],
  ["3rd December", "2025-12-03/2025-12-03 2"],
  ["since Monday", "2026-11-23/ 2"],
  ["after Monday", "2026-11-24/ 2"],
  ["until yesterday", "/2026-11-25 2"],
  ["before 24.11.", "/2026-11-23 2"],
  ["from Monday to Wednesday", "2026-11-23/2026-11-25 4"],
  ["between 1.11. and 3.11.", "2026-11-01/2026-11-03 4"],
  ["1 Nov - 3 Nov", "2026-11-01/2026-11-03 5"],
  ["3.11. to 1.11.", "2026-11-01/2026-11-03 3"],
  ["24.11.-26.11.", "2026-11-24/2026-11-26 1"],
  ["2026-11-01..2026-11-03", "2026-11-01/2026-11-03 1"],
  ["last week", "2026-11-16/2026-11-22 2"],
  ["this week", "2026-11-23/2026-11-26 2"],
  ["last month", "2026-10-01/2026-10-31 2"],
  ["last 3 days", "2026-11-24/2026-11-26 3"],
  ["past 2 weeks", "2026-11-13/2026-11-26 3"],
])("%s is %s", (said, is) => expect(days(said)).toBe(is));

describe("what only looks like a day is none", () => {
  test.each([
    "Monday meeting",
    "last offer",
    "31.2.",
    "2026-02-30",
    "10.0.0.1",
    "to anna",
    "from anna",
    "since when",
    "may",
  ])("%s", (said) => expect(days(said)).toBeNull());
});

test("today is the day that clocks in the zone show", () => {
  const now = new Date("2026-11-25T23:30:00Z");
  expect(dayIn("Europe/Berlin", now)).toBe("2026-11-26");
  expect(dayIn("America/New_York", now)).toBe("2026-11-25");
});
