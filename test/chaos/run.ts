// Runs rows one after another, each in a world of its own, and counts.
import { makeTemplate, testDatabase } from "../database";
import { type Cluster, startCluster } from "./cluster";
import { type Count, isBroken } from "./count";
import type { Row } from "./row";
import { World } from "./world";

export type Outcome =
  | {
      row: Row;
      kind: "held" | "broken";
      count: Count;
      broken: Map<string, number>;
      wellAfterMs: number | null;
      notes: string[];
    }
  /** what the row requires did not come, or the count could not be made */
  | { row: Row; kind: "failed"; words: string; broken: Map<string, number>; count: Count | null }
  | { row: Row; kind: "not run"; words: string };

export interface RunOptions {
  seed: number;
  short: boolean;
  source?: string;
}

/** What runs now, so that a run that is broken off leaves nothing behind. */
let current: World | null = null;
export const breakOff = async (): Promise<void> => current?.close();

export async function runRow(row: Row, options: RunOptions): Promise<Outcome> {
  const missing = row.missing?.() ?? null;
  if (missing) return { row, kind: "not run", words: missing };
  let cluster: Cluster | null = null;
  if (row.cluster === "own") {
    cluster = await startCluster();
    await makeTemplate(cluster.url);
  }
  const db = await testDatabase(cluster?.url);
  // The same seed breaks the same row in the same way, whichever rows run beside it.
  const world = new World({ ...options, seed: options.seed * 100 + row.number, db, cluster });
  current = world;
  try {
    await row.run(world);
    const wellAfterMs = world.sinceLastFault();
    await world.checkSums();
    const count = await world.count();
    const kind = isBroken(count) ? "broken" : "held";
    return { row, kind, count, broken: world.broken, wellAfterMs, notes: world.notes };
  } catch (error) {
    const words = `${error instanceof Error ? error.message : error}\n${world.logs()}`;
    // What moves while it is counted would look lost.
    await world.killWorkers();
    const count = await world.count().catch(() => null);
    return { row, kind: "failed", words, broken: world.broken, count };
  } finally {
    await world.close();
    await db.drop().catch(() => {});
    await cluster?.close();
  }
}
