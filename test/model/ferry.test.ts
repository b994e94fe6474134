// The whole ferry as a model, every state of it: no mail is lost, none is doubled but where SMTP can't avoid it, and nothing
// goes round for ever. And the checker itself can fail: each rule of the design that is left out is missed.
import { describe, expect, it } from "vitest";
import { type MailState, mailStates, mayMove, moves as table } from "@/domain/message/state";
import { moveName, type Searched, search, usual } from "./ferry";
import { ruleNames } from "./invariants";
import type { Rule, Settings } from "./world";

const seenMoves = new Set<string>();
const seenSteps = new Set<string>();

function whole(settings: Partial<Settings>): Searched {
  const started = performance.now();
  const found = search({ ...usual, ...settings });
  for (const move of found.moves) seenMoves.add(move);
  for (const step of found.steps.keys()) seenSteps.add(step);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.info(`${JSON.stringify(settings)}: ${found.states} states, ${found.edges} steps, ${seconds} s`);
  return found;
}

const worlds: [string, Partial<Settings>][] = [
  ["one mail, four faults", { faults: 4 }],
  ["one mail, two faults, and a person who releases it", { faults: 2, releases: 1 }],
  ["one mail, three faults, a source without names", { faults: 3, names: "none" }],
  ["one mail, three faults, a tenant that holds and asks", { faults: 3, uncertain: "hold" }],
  ["two mails, one fault", { mails: 2, faults: 1 }],
];

/** In the order of a mail's way; the last ones are nobody's. */
const doors = [
  ...["poll", "fetch", "fetched: new", "fetched: known", "intake commit", "intake: lease lost", "look at a known mail"],
  ...["DELE", "QUIT answered", "QUIT done, its answer lost", "QUIT lost", "close identities"],
  ...["route", "route: held, for nobody", "route: discarded by a rule", "route: merged"],
  ...["claim", "claim: put back", "dot_pending", "dot_pending: stale lease", "cut before DATA ended"],
  ...["dot, 250", "dot, taken, its answer lost", "cut before the dot arrived", "dot, 5xx", "dot, 4xx"],
  ...["outcome commit: delivered", "outcome commit: a late 250", "outcome commit: stale", "outcome commit: BADMAIL"],
  ...[
    "outcome commit: deferred",
    "outcome commit: given up",
    "outcome commit: uncertain",
    "the uncertain wait is over",
  ],
  ...["a worker dies", "the mailbox's lease ends", "a mail's lease ends", "lease recovery", "a person releases it"],
];

describe("in every state of", () => {
  it.each(worlds)(
    "%s, no mail is lost, no copy is unmarked, and all comes to its end",
    (_name, settings) => {
      const found = whole(settings);
      expect(found.fault).toBeNull();
      expect(found.states).toBeGreaterThan(5000);
    },
    // Seconds; but other tests want the processor too.
    120_000,
  );
  // Beyond a million states, for whoever changes a rule: MAILFERRY_MODEL=whole npx vitest run test/model
  const large: [string, Partial<Settings>][] = [
    ["one mail, any number of faults at any step", { faults: null }],
    ["one mail, three workers, three faults", { faults: 3, workers: 3 }],
    ["two mails, two faults", { faults: 2, mails: 2 }],
  ];
  if (process.env.MAILFERRY_MODEL === "whole")
    it.each(large)("%s, the same", (_name, settings) => expect(whole(settings).fault).toBeNull(), 600_000);
});

describe("the model and the product", () => {
  const tableMoves = mailStates.flatMap((from) => table[from].map((to) => moveName(from, to)));
  /** moves of the table that the model does not make, with the reason */
  const notMade: Record<string, string> = {
    [moveName("settled", "received")]:
      "no store makes it today: a released mail is ready, also one that had no recipient",
  };

  it("a row of the model moves along the product's table only", () => {
    const parted = [...seenMoves].map((move) => move.split(" → ") as [MailState, MailState]);
    expect(parted.filter(([from, to]) => !mayMove(from, to))).toEqual([]);
  });
  it("every move of the table is made, or stands here with its reason", () => {
    expect(tableMoves.filter((move) => !seenMoves.has(move)).sort()).toEqual(Object.keys(notMade).sort());
  });
  it("the model goes through every room and door, and breaks at each", () => {
    expect([...seenSteps]).toEqual(expect.arrayContaining(doors));
  });
});

describe("a ferry without", () => {
  const mutants: [Rule, string][] = [
    ["commit-before-delete", "a mail is at the source, or in the queue"],
    ["dot-pending", "one copy more at most for each lost answer"],
    ["quit-answer", "an identity is closed only when its mail is surely gone"],
    ["mailbox-lease-check", "the sum: collected is what stands in one of the places"],
    ["mail-lease-check", "one copy more at most for each lost answer"],
    ["mark", "a second copy is marked before it is sent"],
    ["third-lost-held", "the third lost answer is held, not sent again"],
  ];
  it.each(mutants)("%s is found out", (without, rule) => {
    const { fault } = whole({ faults: 3, without });
    expect(ruleNames).toContain(rule);
    expect(fault?.split("\n")[0]).toBe(rule);
  });
});
