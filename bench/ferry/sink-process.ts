// The sink in a process of its own: no contender pays for it. It is told what to expect, and tells when all has come.
import { serveSilence, serveSink } from "./sink";
import { type Expected, type Prints, Tally } from "./tally";
import { now } from "./time";

export interface SinkWish {
  expected: Expected;
  /** for each server, whether it never answers */
  servers: boolean[];
  certificate?: { key: string; cert: string } | undefined;
}

let first: number | null = null;
let last: number | null = null;
let complete = false;
const arrivals = new Map<string, number>();

process.on("disconnect", () => process.exit(0));
process.once("message", async ({ expected, servers, certificate }: SinkWish) => {
  const tally = new Tally(expected);
  const took = (mark: string | null, prints: Prints) => {
    tally.arrive(mark, prints);
    const at = now();
    first ??= at;
    if (!complete) last = at;
    if (mark !== null && !arrivals.has(mark)) arrivals.set(mark, at);
    if (complete || !tally.complete) return;
    complete = true;
    process.send?.({ complete: true });
  };
  const ports: number[] = [];
  for (const silent of servers) ports.push((await (silent ? serveSilence() : serveSink({ certificate, took }))).port);
  process.on("message", () => process.send?.({ told: { ...tally.counts(), first, last, arrivals: [...arrivals] } }));
  process.send?.({ ports });
});
