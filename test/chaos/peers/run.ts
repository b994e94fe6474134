// Mailferry and its peers, one after another in the same world: the same seed, mails and faults, the same count.
import { Refusal } from "@/lib/errors";
import { makeTemplate, testDatabase } from "../../database";
import { type Cluster, startCluster } from "../cluster";
import type { Count } from "../count";
import { World } from "../world";
import { fetchmail } from "./fetchmail";
import { getmail } from "./getmail";
import { mailferry } from "./mailferry";
import type { Program, Run } from "./program";
import { arrivals, labelOf, type PeerRow } from "./row";
import { peerRows } from "./rows";

export interface PeerOutcome {
  program: Program;
  row: PeerRow;
  softer: string | null;
  broken: Map<string, number>;
  /** null: it was not run, or could not be counted */
  count: Count | null;
  notes: string[];
}

const peers: Program[] = [fetchmail, getmail];

/** By name, each once; `all`: every one. */
export function peersNamed(names: string[]): Program[] {
  const wanted = names.includes("all") ? peers.map(({ name }) => name) : [...new Set(names)];
  return wanted.map((name) => {
    const peer = peers.find((one) => one.name === name);
    if (!peer) throw new Refusal(`There is no peer ${name}: ${peers.map((one) => one.name).join(", ")} or all.`);
    if (!peer.version())
      throw new Refusal(`${name} is not installed (Debian: apt-get install fetchmail getmail6 msmtp).`);
    return peer;
  });
}

/** Every row with every program; and where one did harm, again with the options that its manual has for that. */
export async function compare(
  chosen: Program[],
  numbers: number[],
  seed: number,
  say: (text: string) => void,
  done: (outcome: PeerOutcome) => void,
): Promise<void> {
  for (const row of peerRows.filter(({ number }) => numbers.includes(number)))
    for (const program of [mailferry, ...chosen]) {
      say(`${labelOf(row)} ${row.name}: ${program.name} …`);
      const began = Date.now();
      const outcome = await runOne(program, row, seed, null);
      say(`   ${Math.round((Date.now() - began) / 1000)} s`);
      done(outcome);
      if (!outcome.count || harm(outcome.count) === 0) continue;
      for (const { option } of program.softer.filter(({ rows }) => rows.includes(labelOf(row)))) {
        say(`   with ${option} …`);
        done(await runOne(program, row, seed, option));
      }
    }
}

export const harm = ({ lost, changed, doubled, marked }: Count): number => lost + changed + doubled - marked;

/** A row that takes longer is broken off, and what there is then is counted. */
const longestMs = 360_000;

let current: World | null = null;
export const breakOffPeers = async (): Promise<void> => current?.close();

async function runOne(program: Program, row: PeerRow, seed: number, softer: string | null): Promise<PeerOutcome> {
  const missing = row.missing?.(program.name) ?? null;
  if (missing) return { program, row, softer, broken: new Map(), count: null, notes: [`not run: ${missing}`] };
  let cluster: Cluster | null = null;
  if (row.machine && program.database) {
    cluster = await startCluster();
    await makeTemplate(cluster.url);
  }
  const db = await testDatabase(cluster?.url);
  const world = new World({ db, cluster, seed: seed * 100 + row.number, short: true });
  current = world;
  const runs: Run[] = [];
  try {
    const work = row.run(world, async (wish) => {
      const run = await program.start(world, wish, softer);
      runs.push(run);
      return run;
    });
    if (!(await within(longestMs, work))) world.notes.push(`broken off after ${longestMs / 1000} s`);
    // A program that moved nothing at all was not called rightly: that is no figure of it.
    if (arrivals(world) === 0) throw new Error("nothing arrived");
    const count = await (row.count?.(world, program.database) ?? world.count(program.database));
    const hung = runs.flatMap((run) => run.ends()).filter((words) => words.includes("hung"));
    return { program, row, softer, broken: world.broken, count, notes: [...world.notes, ...hung] };
  } catch (error) {
    return {
      program,
      row,
      softer,
      broken: world.broken,
      count: null,
      notes: [`could not be counted: ${error}`, ...runs.flatMap((run) => run.ends())],
    };
  } finally {
    await world.close();
    await db.drop().catch(() => {});
    await cluster?.close();
  }
}

/** False when the time was over first. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((done) => {
    timer = setTimeout(() => done(false), ms);
  });
  // What is left of it ends with its world, in an error that says nothing new.
  work.catch(() => {});
  return Promise.race([work.then(() => true), over]).finally(() => clearTimeout(timer));
}
