// npm run chaos -- --peer NAME: the comparison, printed, on its way too when it is broken off.
import { cpus } from "node:os";
import { mailferry } from "./mailferry";
import type { Program } from "./program";
import { compare, harm, type PeerOutcome } from "./run";
import { comparison, howToRead, programsShown } from "./table";

/** 1 when Mailferry did harm, whatever its peers did. */
export async function comparePeers(
  peers: Program[],
  { rows, seed }: { rows: { number: number }[]; seed: number },
  say: (text: string) => void,
): Promise<number> {
  const outcomes: PeerOutcome[] = [];
  const began = new Date();
  const print = () => {
    if (outcomes.length === 0) return;
    const words = `Seed ${seed}, ${began.toISOString().slice(0, 16)}Z, ${cpus().length} cores, on loopback; no power loss is simulated.`;
    process.stdout.write(
      `${comparison(outcomes)}\n\n${howToRead}\n\n${words}\n\n${programsShown([mailferry, ...peers])}\n`,
    );
  };
  const numbers = rows.map(({ number }) => number);
  process.once("SIGINT", print);
  process.once("SIGTERM", print);
  await compare(peers, numbers, seed, say, (outcome) => void outcomes.push(outcome)).finally(print);
  return outcomes.some(({ program, count }) => program === mailferry && (!count || harm(count) > 0)) ? 1 : 0;
}
