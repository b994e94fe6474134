import { expect, it } from "vitest";
import { pairOf } from "./certificate-pair";

const old = { fingerprint: "a".repeat(64), subject: "CN=EX01", verified: false };
const renewed = { fingerprint: "b".repeat(64), subject: "CN=EX01 renewed", verified: false };
const saved = (digit: string) => `sha256:${digit.repeat(64)}`;

it("shows all that is known of the trusted certificate while it is the saved one", () =>
  expect(pairOf(saved("a"), { trusted: old, seen: renewed })).toEqual({ trusted: old, seen: renewed }));

it.each([
  ["mistyped, and the server always showed the same", renewed],
  ["an older one", old],
  ["nothing was shown before", null],
])("shows the saved fingerprint alone: %s", (_, trusted) =>
  expect(pairOf(saved("c"), { trusted, seen: renewed })).toEqual({
    trusted: { fingerprint: "c".repeat(64) },
    seen: renewed,
  }),
);

it("shows the one before only if this system verified it, where no fingerprint is saved", () => {
  const verified = { ...old, verified: true };
  expect(pairOf("system", { trusted: verified, seen: renewed }).trusted).toEqual(verified);
  expect(pairOf("system", { trusted: renewed, seen: renewed }).trusted).toBeNull();
  expect(pairOf("system", null)).toEqual({ trusted: null, seen: {} });
});
