// The figures side by side: for each scenario a line for each contender, medians of all times.
import { median } from "../portal/figures";
import type { Contender } from "./contender";
import type { Figures } from "./measure";
import type { Scenario } from "./scenarios";

/** Beside whom all others stand. */
const yardstick = "fetchmail+postfix";

const heads = [
  ...["", "s", "from – to", "first", "arrived", "mails/s", "×", "CPU s", "ms/mail", "MB"],
  ...["lost", "doubled", "changed", "rewritten"],
];

export function table(scenario: Scenario, results: readonly (readonly [Contender, readonly Figures[]])[]): string {
  const measure = results.find(([{ name }]) => name === yardstick)?.[1];
  const base = measure ? secondsOf(measure) : null;
  const rows = [heads, ...results.map(([{ name }, all]) => line(name, all, scenario.mails, base))];
  const widths = heads.map((_, n) => Math.max(...rows.map((cells) => (cells[n] ?? "").length)));
  const shown = rows.map((cells) =>
    cells
      .map((text, n) => (n === 0 ? text.padEnd(widths[n] ?? 0) : text.padStart(widths[n] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const notes = results.flatMap(([{ name }, all]) =>
    [...new Set(all.flatMap((one) => one.notes))].map((words) => `  ${name}: ${words}`),
  );
  return [titleOf(scenario), ...shown.map((text) => `  ${text}`), ...notes].join("\n");
}

export function titleOf({ id, what, mailboxes, mails, size, delayMs }: Scenario): string {
  const boxes = mailboxes > 1 ? ` in ${mailboxes} mailboxes` : "";
  const delay = delayMs > 0 ? `, ${delayMs} ms each way on both sides` : "";
  const octets = size < 1e6 ? `${size / 1000} KB` : `${size / 1e6} MB`;
  return `${id} ${what}: ${mails.toLocaleString("en")} mails of ${octets}${boxes}${delay}`;
}

const known = (list: readonly (number | null)[]): number[] => list.filter((one) => one !== null);

/** Null when one of the times was broken off. */
function secondsOf(all: readonly Figures[]): number | null {
  const seconds = known(all.map((one) => one.seconds));
  return seconds.length < all.length || all.length === 0 ? null : median(seconds);
}

function line(name: string, all: readonly Figures[], mails: number, base: number | null): string[] {
  const seconds = secondsOf(all);
  const each = known(all.map((one) => one.seconds));
  const middle = (list: readonly (number | null)[]) => (known(list).length > 0 ? median(known(list)).toFixed(2) : "–");
  const sum = (of: (one: Figures) => number) => String(all.reduce((total, one) => total + of(one), 0));
  const cpu = median(all.map((one) => one.cpu));
  return [
    name,
    seconds === null ? "–" : seconds.toFixed(2),
    each.length > 0 ? `${Math.min(...each).toFixed(2)} – ${Math.max(...each).toFixed(2)}` : "–",
    middle(all.map((one) => one.first)),
    middle(all.map((one) => one.arrived)),
    seconds === null ? "–" : (mails / seconds).toFixed(1),
    seconds === null || base === null ? "–" : (base / seconds).toFixed(2),
    cpu.toFixed(2),
    ((cpu * 1000) / mails).toFixed(2),
    median(all.map((one) => one.peakMb)).toFixed(0),
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
the queue all delivered; the others: every mail at the sink. first, arrived: until the first and the last mail were there.
×: how many times as fast as ${yardstick}. CPU s: user and system time of all its processes (mailferry: worker and Postgres;
+postfix: with Postfix's daemons). MB: the most memory of the main process (worker, fetchmail, getmail). lost, doubled, changed
(behind the header), rewritten (in the header): mails, of all times together; doubled without copies that were marked as
possible ones before they were sent.`;
