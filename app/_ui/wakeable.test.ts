// Looking again and again: news ends a pause early, and what is followed no longer takes no pause of what is followed next.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepLooking, wakeable } from "./wakeable";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("looks again after the rest, sooner with news, and no more after null", async () => {
  const pause = wakeable();
  let looks = 0;
  void keepLooking(
    async () => (++looks < 4 ? 10_000 : null),
    pause,
    () => true,
  );
  await passed(600);
  expect(looks).toBe(1);
  pause.wake();
  await passed(0);
  expect(looks).toBe(2);
  await passed(10_600);
  expect(looks).toBe(3);
  await passed(100_000);
  expect(looks).toBe(4);
});

test("news wakes what is followed now, though what was followed before ended just after its look", async () => {
  const pause = wakeable();
  let before = true;
  void keepLooking(
    async () => 10_000,
    pause,
    () => before,
  );
  await passed(100);
  // As the page does when what is followed changes.
  before = false;
  pause.wake();
  let looks = 0;
  void keepLooking(
    async () => {
      looks += 1;
      return 60_000;
    },
    pause,
    () => true,
  );
  await passed(200);
  pause.wake();
  await passed(400);
  expect(looks).toBe(2);
  await passed(50_000);
  expect(looks).toBe(2);
});
