import { expect, test } from "vitest";
import type { Count } from "../count";
import type { Program } from "./program";
import type { PeerRow } from "./row";
import type { PeerOutcome } from "./run";
import { comparison } from "./table";

const program = (name: string): Program => ({
  name,
  version: () => "1",
  shown: () => ({ command: name, configuration: "" }),
  reasons: [],
  softer: [{ rows: ["1"], option: "often", source: "its manual" }],
  database: false,
  start: () => Promise.reject(new Error("not in this test")),
});
const row: PeerRow = { number: 1, name: "killed", run: async () => {}, why: { peer: "a session was lost" } };
const counted = (some: Partial<Count>): Count => ({
  ...{ in: 10, once: 10, kept: 0, doubled: 0, marked: 0, lost: 0, changed: 0, words: [] },
  ...some,
});
const outcome = (name: string, some: Partial<PeerOutcome>): PeerOutcome => ({
  ...{ program: program(name), row, softer: null, broken: new Map([["kill", 2]]), count: counted({}), notes: [] },
  ...some,
});

test("a program that did harm has a note with how, and with what its own options make of it", () => {
  const peer = program("peer");
  const shown = comparison([
    outcome("Mailferry", {}),
    outcome("peer", { program: peer, count: counted({ once: 8, doubled: 2 }) }),
    outcome("peer", { program: peer, softer: "often", count: counted({ once: 9, doubled: 1 }) }),
  ]);
  const lines = shown.split("\n").filter(Boolean);
  expect(lines[1]).toBe("1 killed");
  expect(lines[2]?.split(/\s{2,}/)).toEqual(["", "1", "Mailferry", "2 × kill", "10", "10", "0", "0", "0", "0", "0"]);
  expect(lines[3]?.split(/\s{2,}/)).toEqual(["", "1", "peer", "2 × kill", "10", "8", "0", "2", "0", "0", "0", "[1]"]);
  expect(lines[4]).toBe(
    "[1] row 1, peer: a session was lost; tried again with “often” (its manual): 10 in, 9 once, 0 kept, 1 doubled, 0 lost.",
  );
});

test("a row that was not run has no figures, and says why", () => {
  const shown = comparison([outcome("peer", { broken: new Map(), count: null, notes: ["not run: no Dovecot"] })]);
  expect(shown).toMatch(/ {2}1 +peer +not run +\[1\]\n/);
  expect(shown).toContain("[1] row 1, peer: not run: no Dovecot.");
});
