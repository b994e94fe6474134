// What stands below a scenario's table: beside which other scenario it is set, the portal's pages, memory over time.
import { median, share } from "../portal/figures";
import type { Figures } from "./measure";
import { known, type Result, secondsOf } from "./rates";
import type { Scenario } from "./scenarios";

export function besideLines(
  { beside }: Scenario,
  results: readonly Result[],
  all: ReadonlyMap<string, Result[]>,
): string[] {
  if (!beside) return [];
  const base = all.get(beside.id);
  if (!base) return [`beside ${beside.id}: it was not measured in this run`];
  return results.flatMap(({ name, all: figures }) => {
    const other = base.find((one) => one.name === name)?.all ?? [];
    const [here, there] = [figureOf(beside.of, figures), figureOf(beside.of, other)];
    if (here === null || there === null) return [];
    return [
      `${name}: ${beside.of} ${(here / there).toFixed(2)} times those of ${beside.id} (${words(here)} and ${words(there)})`,
    ];
  });
}

const words = (seconds: number) => (seconds < 0.1 ? `${(seconds * 1000).toFixed(2)} ms` : `${seconds.toFixed(2)} s`);

function figureOf(of: NonNullable<Scenario["beside"]>["of"], all: readonly Figures[]): number | null {
  switch (of) {
    case "seconds":
      return secondsOf(all);
    case "p95":
      return middle(all.map((one) => one.p95));
    case "seconds a mail":
      return middle(all.map(eachMail));
  }
}

const middle = (list: (number | null)[]) => (known(list).length > 0 ? median(known(list)) : null);

/** From the first mail on: what a program's start takes is no mail's. */
function eachMail({ first, arrived, told }: Figures): number | null {
  return first === null || arrived === null || told.missing > 0 || told.expected < 2
    ? null
    : (arrived - first) / (told.expected - 1);
}

export const pageLines = (results: readonly Result[]): string[] =>
  results.flatMap(({ all }) => {
    const names = new Set(all.flatMap(({ pages }) => pages.map(({ name }) => name)));
    return [...names].map((name) => {
      const times = all.flatMap(({ pages }) => pages.filter((page) => page.name === name));
      const [alone, busy] = [times.flatMap((page) => page.alone), times.flatMap((page) => page.busy)];
      return `portal, ${name}: ${timesWords(alone)} alone; ${timesWords(busy)} while mail was carried`;
    });
  });

const timesWords = (list: number[]) =>
  list.length === 0
    ? "not asked"
    : `${median(list).toFixed(0)} ms (p95 ${share(list, 0.95).toFixed(0)}, ${list.length} requests)`;

/** A daemon starts once in weeks: its start is in its time, and here is the time without it. */
export const roundLines = (results: readonly Result[]): string[] =>
  results.flatMap(({ name, all }) => {
    const round = middle(all.map((one) => one.round));
    return round === null ? [] : [`${name}: the round itself took ${round.toFixed(2)} s; the rest is its start`];
  });

/** Only where it is asked whether it stays flat. */
export function memoryLines({ beside }: Scenario, results: readonly Result[]): string[] {
  if (beside?.of !== "seconds a mail") return [];
  return results.map(({ name, all }) => {
    const of = (which: "early" | "late") => median(all.map(({ memory }) => memory[which])).toFixed(0);
    return `${name}: at most ${of("early")} MB in the second fifth of its time, ${of("late")} MB in the last`;
  });
}
