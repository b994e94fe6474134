// The brake of retention, with every look's time given.
import { expect, it } from "vitest";
import { afterLook, type ClockState } from "./clock";

const start = new Date("2026-07-01T10:00:00Z");
const later = (from: Date, hours: number) => new Date(from.getTime() + hours * 3_600_000);
const looks = (from: ClockState, hours: number, every = 1 / 6): ClockState => {
  let state = from;
  for (let n = 1; n <= Math.round(hours / every); n += 1) state = afterLook(state, later(from.seenAt, n * every));
  return state;
};

it("an even clock, and a standstill of two days, are no jump", () => {
  const first = afterLook(null, start);
  expect(first.brakedAt).toBeNull();
  expect(afterLook(first, later(start, 47.9)).brakedAt).toBeNull();
  expect(looks(first, 300, 10).brakedAt).toBeNull();
});

it.each([400 * 24, 49, -49])("a jump by %d hours holds retention until the clock ran evenly for 24 hours", (hours) => {
  const there = later(start, hours);
  const braked = afterLook(afterLook(null, start), there);
  expect(braked).toMatchObject({ brakedAt: there, jumpedFrom: start, steadySeconds: 0 });
  expect(looks(braked, 23.8).brakedAt).toEqual(there);
  expect(looks(braked, 24.1).brakedAt).toBeNull();
  // Nobody looked for a day: that is no even running.
  expect(looks(braked, 40, 40).brakedAt).toEqual(there);
});

it("a jump back begins anew", () => {
  const braked = afterLook(afterLook(null, start), later(start, 9600));
  const back = later(start, 5);
  expect(afterLook(looks(braked, 20), back)).toMatchObject({ brakedAt: back, steadySeconds: 0 });
});
