import { describe, expect, it } from "vitest";
import { gaveUp, turned, workingSeconds } from "./clock";

describe("the give-up clock", () => {
  it("stands still while the lane is down", () => {
    const working = turned({ base: 0, since: null }, true, 100);
    const down = turned(working, false, 160);
    expect(workingSeconds(down, 100_000)).toBe(60);
    expect(workingSeconds(turned(down, true, 100_000), 100_030)).toBe(90);
  });
  it("is not restarted by a second turn the same way", () => {
    const working = turned({ base: 5, since: 10 }, true, 50);
    expect(workingSeconds(working, 60)).toBe(55);
  });
  it.each([
    [0, 120 * 3600 - 1, false],
    [0, 120 * 3600, true],
    [500, 120 * 3600, false],
  ])("a mail first tried at %i is given up at %i: %s", (start, working, over) => {
    expect(gaveUp(start, working, 120)).toBe(over);
  });
});
