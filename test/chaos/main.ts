// npm run chaos: breaks Mailferry in every way of the fault matrix and counts what became of each mail. Exit 1 when a mail was
// lost or changed, arrived twice without a mark, or a row did not come to its end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "@/lib/errors";
import { startPostgres } from "../../cli/postgres.mjs";
import { makeTemplate } from "../database";
import { mutated, mutations, removeMutated } from "./mutations";
import { comparePeers } from "./peers/compare";
import type { Program } from "./peers/program";
import { breakOffPeers, peersNamed } from "./peers/run";
import type { Row } from "./row";
import { rows } from "./rows";
import { breakOff, type Outcome, runRow } from "./run";
import { soak } from "./soak";
import { tableOf } from "./table";

interface Wish {
  rows: Row[];
  seed: number;
  short: boolean;
  /** run beside them instead of the rows' own form */
  peers: Program[];
  mutations: boolean;
}

export async function chaos(words: string[], say: (text: string) => void): Promise<number> {
  const wish = wishOf(words);
  const folder = mkdtempSync(join(tmpdir(), "mailferry-chaos-"));
  const server = await startPostgres(folder, { settings: { max_connections: "200" } });
  process.env.MAILFERRY_TEST_POSTGRES = server.url;
  const outcomes: Outcome[] = [];
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, async () => {
      if (outcomes.length > 0) process.stdout.write(`${tableOf(outcomes)}\n\nBroken off. Seed ${wish.seed}.\n`);
      await breakOff();
      await breakOffPeers();
      await server.stop();
      process.exit(1);
    });
  try {
    await makeTemplate();
    if (wish.mutations) return await breakPromises(wish, say);
    if (wish.peers.length > 0) return await comparePeers(wish.peers, wish, say);
    say(`Seed ${wish.seed}: npm run chaos -- --seed ${wish.seed} breaks the same things again.`);
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

/** Each promise broken on purpose must be caught by its row. */
async function breakPromises({ rows: chosen, seed }: Wish, say: (text: string) => void): Promise<number> {
  let missed = 0;
  const tries = mutations.flatMap((mutation) => {
    const row = chosen.find(({ number }) => number === mutation.row);
    return row ? [{ mutation, row }] : [];
  });
  for (const { mutation, row } of tries) {
    const source = mutated(mutation);
    const outcome = await runRow(row, { seed, short: true, source }).finally(() => removeMutated(source));
    const caught = outcome.kind === "broken" || outcome.kind === "failed";
    missed += caught ? 0 : 1;
    process.stdout.write(
      `${caught ? "caught" : "MISSED"}  row ${row.number} ${row.name}: ${mutation.promise}  (${foundIn(outcome)})\n`,
    );
    say("");
  }
  process.stdout.write(`\n${tries.length - missed} of ${tries.length} broken promises were caught. Seed ${seed}.\n`);
  return missed > 0 ? 1 : 0;
}

/** What showed it: a lost, changed or unmarked mail before a requirement that did not come. */
function foundIn(outcome: Outcome): string {
  const counted = outcome.kind === "broken" || outcome.kind === "failed" ? outcome.count?.words[0] : undefined;
  const words = outcome.kind === "failed" ? outcome.words.split(/[;\n]/)[0] : undefined;
  return counted ?? words ?? "";
}

function summary(outcomes: Outcome[]): string {
  const of = (kind: Outcome["kind"]) => outcomes.filter((one) => one.kind === kind).length;
  return `${of("held")} rows held, ${of("broken") + of("failed")} did not, ${of("not run")} not run.`;
}

/** `[row…] [--seed N] [--short] [--soak MINUTES] [--peer NAME|all]… [--mutations]`; rows by number or by words of their name. */
function wishOf(words: string[]): Wish {
  const rest = [...words];
  const short = take(rest, "--short");
  const seed = option(rest, "--seed") ?? Math.floor(Math.random() * 1_000_000);
  const minutes = option(rest, "--soak");
  const peers = peersNamed(allNamed(rest, "--peer"));
  const broken = take(rest, "--mutations");
  const unknown = rest.find((word) => word.startsWith("--"));
  if (unknown)
    throw new Refusal(
      `chaos knows no ${unknown}. Usage: npm run chaos -- [ROW…] [--seed N] [--short] [--soak MINUTES] [--peer NAME|all]… [--mutations]`,
    );
  if (minutes !== null) return { rows: [soak(minutes)], seed, short, peers: [], mutations: false };
  const chosen = rest.length === 0 ? rows : rest.flatMap(rowsNamed);
  return { rows: chosen, seed, short, peers, mutations: broken };
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

function allNamed(words: string[], flag: string): string[] {
  const at = words.indexOf(flag);
  if (at < 0) return [];
  const [, name = ""] = words.splice(at, 2);
  return [name, ...allNamed(words, flag)];
}

function option(words: string[], flag: string): number | null {
  const at = words.indexOf(flag);
  if (at < 0) return null;
  const [, text = ""] = words.splice(at, 2);
  if (!/^\d+$/.test(text)) throw new Refusal(`${flag} is “${text}”: give a whole number.`);
  return Number(text);
}
