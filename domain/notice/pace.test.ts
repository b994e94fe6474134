import { describe, expect, it } from "vitest";
import { mayTell, type Pace, paceAfter } from "./pace";

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);

describe("the gaps between notices of one kind", () => {
  it("grow while more come: at once, 15 minutes, 1 hour, 4 hours, daily", () => {
    let pace: Pace | null = null;
    const told: number[] = [];
    // One event each minute for three days: what is pending began right after the last mail.
    let pending = 0;
    for (let minute = 0; minute < 3 * 1440; minute += 1) {
      if (mayTell(pace, at(pending), at(minute))) {
        pace = paceAfter(pace, at(pending), at(minute), 900);
        told.push(minute);
        pending = minute + 1;
      }
    }
    expect(told).toEqual([0, 15, 75, 315, 1755, 3195]);
  });

  it("start anew after a day without an event", () => {
    const daily: Pace = { step: 9, lastAt: at(0), nextAt: at(1440) };
    expect(mayTell(daily, at(60), at(120))).toBe(false);
    expect(paceAfter(daily, at(60), at(1440), 900).step).toBe(10);
    expect(mayTell(daily, at(1441), at(1441))).toBe(true);
    expect(paceAfter(daily, at(1441), at(1441), 900)).toEqual({ step: 1, lastAt: at(1441), nextAt: at(1456) });
  });

  it("follow MAILFERRY_DIGEST_SECONDS for the first", () => {
    expect(paceAfter(null, at(0), at(0), 2).nextAt).toEqual(new Date(at(0).getTime() + 2000));
  });
});
