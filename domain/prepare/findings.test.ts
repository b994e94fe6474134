// Each finding of a test is explained, once, and each explanation has a way to mend it that can be taken back.
import { expect, it } from "vitest";
import { caseNames } from "@/domain/probe/run-exchange-verdict";
import { findingOf, findings } from "./findings";

it("every case of the test has its finding, and every finding is of a case", () => {
  const explained = findings.flatMap(({ names }) => names);
  expect([...explained].sort()).toEqual([...new Set(caseNames)].sort());
});

it("what changes something can be taken back, and what only shows something needs no undo", () => {
  const changes = (command = "") => /\b(Set|New|Remove|Add|Enable|Disable|Install|Uninstall)-/.test(command);
  for (const { title, run, back } of findings) expect([title, changes(run)]).toEqual([title, back !== undefined]);
});

it("is found by the name that a test gave", () => {
  expect(findingOf("asks for a sign-in")?.step).toBe("connector");
  expect(findingOf("right")).toBeNull();
});
