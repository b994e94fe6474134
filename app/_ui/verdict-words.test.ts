import { expect, it } from "vitest";
import { trustStep, verdictState } from "./verdict-words";

it.each([
  [{ ok: true }, "flowing"],
  [{ ok: true, field: "notify" }, "needs"],
  [{ ok: false, field: "host" }, "stopped"],
  [{ ok: false }, "stopped"],
])("%o looks like %s", (verdict, state) => expect(verdictState(verdict)).toBe(state));

const [one, other] = ["a".repeat(64), "b".repeat(64)];
const rule = (fingerprint: string) => `sha256:${fingerprint}`;

it.each([
  ["any", "any", "offer"],
  [rule(other), rule(other), "offer"],
  [rule(other), rule(one), "offer"],
  [rule(one), "any", "save"],
  [rule(one), rule(one), "done"],
])("chosen %s, saved %s: %s", (chosen, saved, step) => expect(trustStep(one, { chosen, saved })).toBe(step));
