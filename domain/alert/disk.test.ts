import { expect, it } from "vitest";
import { diskNews } from "./disk";

it.each([
  [1e9, 0.04, "low"],
  [19e9, 0.049, "low"],
  // 5 % of a large disk is plenty, and a small disk may be half empty.
  [30e9, 0.01, "fine"],
  [1e9, 0.5, "fine"],
  // Just above: neither a new alert nor the end of one.
  [10e9, 0.06, null],
  [21e9, 0.04, null],
])("%d octets free, share %d: %s", (freeBytes, share, news) => {
  expect(diskNews({ freeBytes, share })).toBe(news);
});
