import { expect, test } from "vitest";
import { restOf } from "./trial";

const lane = { reason: null, nextTryAt: null };

test.each([
  ["on its way", { place: "waiting", deferred: false, lane: { ...lane, state: "closed" } }, 1000],
  ["put off: asked for now and then", { place: "waiting", deferred: true, lane: { ...lane, state: "closed" } }, 30_000],
  ["waiting for the server", { place: "waiting", deferred: false, lane: { ...lane, state: "open" } }, 30_000],
  ["delivered", { place: "delivered", deferred: false, lane: null }, null],
] as const)("a trial that is %s", (_case, fate, rest) => {
  expect(restOf(fate)).toBe(rest);
});
