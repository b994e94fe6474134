import { expect, test } from "vitest";
import type { Figures } from "./measure";
import { table } from "./report";
import { chosen } from "./scenarios";

const [s1, s8all, s8] = ["S1", "S8-all", "S8"].map((id) => {
  const [found] = chosen([id], { quick: false, mails: 100, mailboxes: undefined }).filter((one) => one.id === id);
  if (!found) throw new Error(`no ${id}`);
  return found;
});

const figures = (mails: number, seconds: number | null, more: Partial<Figures> = {}): Figures => ({
  ...{
    scenario: s1 as Figures["scenario"],
    seconds,
    first: 0.5,
    arrived: seconds,
    p95: null,
    round: null,
    cpu: 1,
    others: 0,
  },
  ...{ memory: { peak: 10, early: 9, late: 10 }, marked: 0, pages: [], notes: [] },
  told: {
    ...{ expected: mails, arrived: mails, missing: 0, doubled: 0, changed: 0, rewritten: 0, others: 0 },
    ...{ first: 1, last: 2 },
  },
  ...more,
});
const cellsOf = (text: string, name: string) =>
  text
    .split("\n")
    .find((line) => line.startsWith(`  ${name} `))
    ?.trim()
    .split(/ {2,}/) ?? [];

test("rates are compared, since a rival may have had fewer mails", () => {
  if (!s1) throw new Error("no S1");
  const results = [
    { name: "mailferry", all: [figures(100, 1), figures(100, 2), figures(100, 4)] },
    { name: "fetchmail+postfix", all: [figures(10, 1)] },
    { name: "fetchmail+postfix+nodelay", all: [figures(10, 0.5)] },
    { name: "fetchmail", all: [figures(10, null, { notes: ["broken off after 60 s"] })] },
  ];
  const text = table(s1, results, new Map());
  // name, mails, median, from – to, first, arrived, rate, against both
  expect(cellsOf(text, "mailferry").slice(1, 9)).toEqual([
    ...["100", "2.00", "1.00 – 4.00", "0.50", "2.00", "50.0", "5.00", "2.50"],
  ]);
  expect(cellsOf(text, "fetchmail")[6]).toBe("–");
  expect(text).toContain("fetchmail: broken off after 60 s");
});

test("a scenario is set beside the one that it varies", () => {
  if (!s8 || !s8all) throw new Error("no S8");
  const known = new Map([["S8-all", [{ name: "mailferry", all: [figures(100, 10)] }]]]);
  const results = [{ name: "mailferry", all: [figures(95, 11)] }];
  expect(table(s8, results, known)).toContain("mailferry: seconds 1.10 times those of S8-all (11.00 s and 10.00 s)");
  expect(table(s8, results, new Map())).toContain("beside S8-all: it was not measured in this run");
});
