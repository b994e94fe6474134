import { expect, it } from "vitest";
import { mailStates, mayMove, moves } from "./state";

it("every state can be left, and nothing is sent that was not claimed", () => {
  for (const state of mailStates) expect(moves[state].length).toBeGreaterThan(0);
  expect(mailStates.filter((from) => mayMove(from, "sending"))).toEqual(["ready"]);
  expect(mailStates.filter((from) => mayMove(from, "uncertain"))).toEqual(["sending"]);
  expect(mayMove("received", "sending")).toBe(false);
});
