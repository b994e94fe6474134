// The report: one line a row, and below it what went wrong in words.
import type { Count } from "./count";
import type { Outcome } from "./run";

const heads = ["row", "", "broken", "in", "once", "kept", "doubled", "marked", "lost", "changed", "well after", ""];
const numeric = new Set([0, 3, 4, 5, 6, 7, 8, 9, 10]);

export function tableOf(outcomes: Outcome[]): string {
  const rows = [heads, ...outcomes.map(cells)];
  const widths = heads.map((_, n) => Math.max(...rows.map((row) => (row[n] ?? "").length)));
  const lines = rows.map((row) =>
    row
      .map((text, n) => (numeric.has(n) ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const details = outcomes.flatMap(detailsOf);
  return [...lines, ...(details.length > 0 ? ["", ...details] : [])].join("\n");
}

function cells(outcome: Outcome): string[] {
  const { row } = outcome;
  const first = [String(row.number), row.name];
  switch (outcome.kind) {
    case "held":
    case "broken":
      return [...first, faults(outcome.broken), ...numbers(outcome.count), after(outcome.wellAfterMs), outcome.kind];
    case "failed":
      return [...first, faults(outcome.broken), ...(outcome.count ? numbers(outcome.count) : blanks), "", "FAILED"];
    case "not run":
      return [...first, "", ...blanks, "", "not run"];
  }
}

const blanks = ["", "", "", "", "", "", ""];
const numbers = ({ in: put, once, kept, doubled, marked, lost, changed }: Count) =>
  [put, once, kept, doubled, marked, lost, changed].map(String);
const faults = (broken: Map<string, number>) => [...broken].map(([what, times]) => `${times} × ${what}`).join(", ");
const after = (ms: number | null) => (ms === null ? "–" : `${(ms / 1000).toFixed(1)} s`);

function detailsOf(outcome: Outcome): string[] {
  const name = `${outcome.row.number} ${outcome.row.name}`;
  switch (outcome.kind) {
    case "held":
      return outcome.notes.map((note) => `${name}: ${note}`);
    case "broken":
      return outcome.count.words.map((words) => `${name}: ${words}`);
    case "failed":
      return [`${name}: ${outcome.words}`, ...(outcome.count?.words ?? []).map((words) => `${name}: ${words}`)];
    case "not run":
      return [`${name}: not run: ${outcome.words}`];
  }
}
