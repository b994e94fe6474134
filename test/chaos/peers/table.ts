// The comparison's report: one table, a line for each program under each row, and below it in words what happened, which
// versions ran, how they were called, and why so.
import type { Count } from "../count";
import type { Program, Wish } from "./program";
import { labelOf } from "./row";
import type { PeerOutcome } from "./run";

const heads = ["row", "program", "what was broken", "in", "once", "kept", "doubled", "marked", "lost", "changed", ""];
const numeric = new Set([3, 4, 5, 6, 7, 8, 9]);

export function comparison(outcomes: PeerOutcome[]): string {
  const main = outcomes.filter(({ softer }) => softer === null);
  const notes: string[] = [];
  const rows = main.map((outcome) => cellsOf(outcome, noted(outcome, outcomes, notes)));
  const widths = heads.map((head, n) => Math.max(head.length, ...rows.map((cells) => (cells[n] ?? "").length)));
  const line = (cells: string[]) =>
    cells
      .map((text, n) => (numeric.has(n) ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0)))
      .join("  ")
      .trimEnd();
  const body = main.flatMap((outcome, n) => {
    const first = main[n - 1]?.row !== outcome.row;
    return [...(first ? ["", `${labelOf(outcome.row)} ${outcome.row.name}`] : []), line(rows[n] ?? [])];
  });
  return [line(heads), ...body, "", ...notes].join("\n");
}

function cellsOf({ row, program, broken, count }: PeerOutcome, mark: string): string[] {
  const faults = [...broken].map(([what, times]) => `${times} × ${what}`).join(", ");
  return [`  ${labelOf(row)}`, program.name, count ? faults : "not run", ...(count ? numbers(count) : blanks), mark];
}

const blanks = ["", "", "", "", "", "", ""];
const numbers = ({ in: put, once, kept, doubled, marked, lost, changed }: Count) =>
  [put, once, kept, doubled, marked, lost, changed].map(String);

/** Gives the outcome a footnote when there is something to say, and returns its sign. */
function noted({ row, program, count, notes }: PeerOutcome, all: PeerOutcome[], into: string[]): string {
  const touched = count && count.lost + count.changed + count.doubled > 0;
  const why = touched ? row.why[program.name] : undefined;
  const softer = all.filter((one) => one.row === row && one.program === program && one.softer !== null);
  const words = [
    ...(why ? [why] : []),
    ...softer.map((one) => withOption(program, one)),
    ...(count && count.lost + count.changed > 0 && !why ? [firstOf(count.words)] : []),
    ...notes,
  ];
  if (words.length === 0) return "";
  const sign = `[${into.length + 1}]`;
  into.push(`${sign} row ${labelOf(row)}, ${program.name}: ${words.join("; ")}.`);
  return sign;
}

const firstOf = (words: string[]) => words.slice(0, 3).join(", ") + (words.length > 3 ? " …" : "");

function withOption(program: Program, { softer, count, row }: PeerOutcome): string {
  const source = program.softer.find(({ option }) => option === softer)?.source ?? "";
  const result = count
    ? `${count.in} in, ${count.once} once, ${count.kept} kept, ${count.doubled} doubled, ${count.lost} lost`
    : `row ${labelOf(row)} could not be counted`;
  return `tried again with “${softer}” (${source}): ${result}`;
}

/** Versions, command lines, configurations. */
export function programsShown(programs: Program[]): string {
  const wish = { sourcePort: 1100, user: "info", smtpPort: 2500, keep: false } as const;
  const one: Wish = { ...wish, to: { address: "info@contoso.example" } };
  const many: Wish = { ...wish, to: { header: "X-Envelope-To", domain: "contoso.example" } };
  return programs
    .map((program) => {
      const { command, configuration } = program.shown(one);
      return [
        `${program.name}, ${program.version()}: ${command}`,
        indented(configuration),
        "  for several recipients (row 28):",
        indented(program.shown(many).configuration),
        ...program.reasons.map((reason) => `  - ${reason}`),
      ].join("\n");
    })
    .join("\n\n");
}

const indented = (text: string) => text.trimEnd().replace(/^(?=.)/gm, "    ");

export const howToRead = `in: mails (row 28: recipients) put in. once: arrived exactly once. kept: still in the mailbox, or stored by Mailferry (waiting,
held, BADMAIL), or with the postmaster, where a note says so. doubled: copies beyond the first; marked: those of them that the program had marked as possible copies before
it sent them. changed: what is behind the header is not what was sent; Mailferry's header is held to account as well.`;
