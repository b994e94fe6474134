// npm run chaos: breaks Mailferry in every way of the fault matrix and counts what became of each mail. Exit 1 when a mail was
// lost or changed, arrived twice without a mark, or a row did not come to its end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "@/lib/errors";
import { startPostgres } from "../../cli/postgres.mjs";
import { makeTemplate } from "../database";
import type { Row } from "./row";
import { rows } from "./rows";
import { type Outcome, runRow } from "./run";
import { tableOf } from "./table";

interface Wish {
  rows: Row[];
  seed: number;
  short: boolean;
}

export async function chaos(words: string[], say: (text: string) => void): Promise<number> {
  const wish = wishOf(words);
  const folder = mkdtempSync(join(tmpdir(), "mailferry-chaos-"));
  const server = await startPostgres(folder, { settings: { max_connections: "200" } });
  process.env.MAILFERRY_TEST_POSTGRES = server.url;
  try {
    await makeTemplate();
    say(`Seed ${wish.seed}: npm run chaos -- --seed ${wish.seed} breaks the same things again.`);
    const outcomes: Outcome[] = [];
    for (const row of wish.rows) {
      say(`${row.number} ${row.name} …`);
      const outcome = await runRow(row, wish);
      if (outcome.kind !== "held") say(`   ${outcome.kind}`);
      outcomes.push(outcome);
    }
    process.stdout.write(`${tableOf(outcomes)}\n\n${summary(outcomes)} Seed ${wish.seed}.\n`);
    return outcomes.some(({ kind }) => kind === "broken" || kind === "failed") ? 1 : 0;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function summary(outcomes: Outcome[]): string {
  const of = (kind: Outcome["kind"]) => outcomes.filter((one) => one.kind === kind).length;
  return `${of("held")} rows held, ${of("broken") + of("failed")} did not, ${of("not run")} not run.`;
}

/** `[row…] [--seed N] [--short]`; rows by number or by words of their name. */
function wishOf(words: string[]): Wish {
  const rest = [...words];
  const short = take(rest, "--short");
  const seed = option(rest, "--seed") ?? Math.floor(Math.random() * 1_000_000);
  const unknown = rest.find((word) => word.startsWith("--"));
  if (unknown) throw new Refusal(`chaos knows no ${unknown}. Usage: npm run chaos -- [ROW…] [--seed N] [--short]`);
  const chosen = rest.length === 0 ? rows : rest.flatMap(rowsNamed);
  return { rows: chosen, seed, short };
}

function rowsNamed(word: string): Row[] {
  const found = rows.filter(
    ({ number, name }) => String(number) === word || (!/^\d+$/.test(word) && name.includes(word)),
  );
  if (found.length === 0)
    throw new Refusal(
      `There is no row “${word}”. Rows: ${rows.map(({ number, name }) => `${number} ${name}`).join("; ")}.`,
    );
  return found;
}

function take(words: string[], flag: string): boolean {
  const at = words.indexOf(flag);
  if (at >= 0) words.splice(at, 1);
  return at >= 0;
}

function option(words: string[], flag: string): number | null {
  const at = words.indexOf(flag);
  if (at < 0) return null;
  const [, text = ""] = words.splice(at, 2);
  if (!/^\d+$/.test(text)) throw new Refusal(`${flag} is “${text}”: give a whole number.`);
  return Number(text);
}
