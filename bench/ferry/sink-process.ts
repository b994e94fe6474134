// The sink in a process of its own: no contender pays for it. It is told what to expect, and tells when all has come.
import { type Expected, type Prints, serveSink, Tally } from "./sink";
import { now } from "./time";

export interface SinkWish {
  expected: Expected;
  certificate?: { key: string; cert: string } | undefined;
}

let first: number | null = null;
let last: number | null = null;
let complete = false;

process.on("disconnect", () => process.exit(0));
process.once("message", async ({ expected, certificate }: SinkWish) => {
  const tally = new Tally(expected);
  const took = (mark: string | null, prints: Prints) => {
    tally.arrive(mark, prints);
    first ??= now();
    if (complete || !tally.complete) return;
    complete = true;
    last = now();
    process.send?.({ complete: true });
  };
  const { port } = await serveSink({ certificate, took });
  process.on("message", () => process.send?.({ told: { ...tally.counts(), first, last } }));
  process.send?.({ port });
});
