// The figures side by side: for each scenario a line for each contender, medians of all times.
import { median } from "../portal/figures";
import type { Figures } from "./measure";
import { percent } from "./others";
import { known, type Result, rate, secondsOf, things } from "./rates";
import { besideLines, memoryLines, pageLines, roundLines } from "./report-lines";
import type { Scenario } from "./scenarios";

/** Beside whom all others stand: the classic durable way; and where it has nothing to do, fetchmail alone. */
const yardstick = (scenario: Scenario) => (scenario.kind === "idle" ? "fetchmail" : "fetchmail+postfix");
const withoutNagle = "fetchmail+postfix+nodelay";

/** `others`: the results of other scenarios, which some are set beside. */
export function table(scenario: Scenario, results: readonly Result[], others: ReadonlyMap<string, Result[]>): string {
  const [thing, p95] = [scenario.kind === "idle" ? "mailboxes" : "mails", scenario.kind === "backlog" ? ["p95"] : []];
  const times = ["", thing, "s", "from – to", "first", "arrived", ...p95];
  const costs = [`${thing}/s`, "×", "× nodelay", "CPU s", "CPU ms each", "MB", "others"];
  const heads = [...times, ...costs, "lost", "doubled", "changed", "rewritten"];
  const rateOf = (name: string) => rate(results.find((one) => one.name === name)?.all ?? []);
  const bases = [rateOf(yardstick(scenario)), scenario.kind === "idle" ? null : rateOf(withoutNagle)];
  const rows = [heads, ...results.map((one) => cells(one, bases, p95.length > 0))];
  const widths = heads.map((_, n) => Math.max(...rows.map((row) => (row[n] ?? "").length)));
  const shown = rows.map((row) =>
    row
      .map((text, n) => (n === 0 ? text.padEnd(widths[n] ?? 0) : text.padStart(widths[n] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const notes = results.flatMap(({ name, all }) =>
    [...new Set(all.flatMap((one) => one.notes))].map((w) => `${name}: ${w}`),
  );
  const beneath = [
    ...besideLines(scenario, results, others),
    ...roundLines(results),
    ...pageLines(results),
    ...memoryLines(scenario, results),
    ...notes,
  ];
  return [titleOf(scenario), ...shown.map((text) => `  ${text}`), ...beneath.map((text) => `  ${text}`)].join("\n");
}

export function titleOf({ id, what, kind, mailboxes, mails, backlog, size, delayMs }: Scenario): string {
  const delay = delayMs > 0 ? `, ${delayMs} ms each way on both sides` : "";
  const [count, octets] = [mails.toLocaleString("en"), size < 1e6 ? `${size / 1000} KB` : `${size / 1e6} MB`];
  switch (kind) {
    case "idle":
      return `${id} ${what}: ${mailboxes} mailboxes${delay}`;
    case "backlog":
      return `${id} ${what}: ${mailboxes} companies, ${backlog} mails wait, ${mails - backlog} come, ${octets} each`;
    case "carry":
    case "portal":
      return `${id} ${what}: ${count} mails of ${octets}${mailboxes > 1 ? ` in ${mailboxes} mailboxes` : ""}${delay}`;
  }
}

function cells({ name, all }: Result, bases: readonly (number | null)[], p95: boolean): string[] {
  const seconds = known(all.map((one) => one.seconds));
  const middle = (list: readonly (number | null)[]) => (known(list).length > 0 ? median(known(list)).toFixed(2) : "–");
  const sum = (of: (one: Figures) => number) => String(all.reduce((total, one) => total + of(one), 0));
  const own = rate(all);
  const each = all.map((one) => (one.cpu * 1000) / Math.max(1, things(one)));
  return [
    name,
    median(all.map(things)).toLocaleString("en"),
    secondsOf(all)?.toFixed(2) ?? "–",
    seconds.length > 0 ? `${Math.min(...seconds).toFixed(2)} – ${Math.max(...seconds).toFixed(2)}` : "–",
    middle(all.map((one) => one.first)),
    middle(all.map((one) => one.arrived)),
    ...(p95 ? [middle(all.map((one) => one.p95))] : []),
    own?.toFixed(1) ?? "–",
    ...bases.map((base) => (own === null || base === null ? "–" : (own / base).toFixed(2))),
    middle(all.map((one) => one.cpu)),
    middle(each),
    median(all.map((one) => one.memory.peak)).toFixed(0),
    percent(median(all.map((one) => one.others))),
    sum((one) => one.told.missing),
    sum((one) => one.told.doubled - Math.min(one.told.doubled, one.marked)),
    sum((one) => one.told.changed),
    sum((one) => one.told.rewritten),
  ];
}

/** It lost a mail, changed an octet of one, or sent one twice without having marked it. */
export const harmed = ({ told, marked }: Figures): boolean =>
  told.missing + told.changed + told.rewritten > 0 || told.doubled > marked;

export const legend = `s: from the program's start until all is done, the median; mailferry: every mail at the sink, the mailboxes empty and
the queue all delivered; the others: every mail at the sink; idle mailboxes: each was looked at. first, arrived: until the first
and the last mail were there. p95: so soon 95 of 100 mails of the small companies were there. ×, × nodelay: how many times the
mails/s of fetchmail+postfix (idle mailboxes: fetchmail), and of the same without Nagle's algorithm. CPU s: user and system time of
all its processes (mailferry: workers and Postgres; +postfix: with Postfix's daemons). MB: the most memory of a main process
(worker, fetchmail, getmail, mpop). others: what other programs took of all processors meanwhile; more than a few per cent, and
the times say little. lost (or not there when it was broken off), doubled, changed (behind the header), rewritten (in
the header): mails, of all times together; doubled without copies that were marked as possible ones before they were sent.`;
