// One contender, one scenario, once: everything new, the time, what it cost, and what became of each mail.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rest } from "@/lib/clock";
import { certificate } from "@/test/servers/certificates";
import type { Contender, Later, Ready, Running } from "./contender";
import { cpuSeconds, peakMb } from "./cost";
import { type Sink, startLine, startSink, type Told } from "./helper";
import { type Scenario, usersOf } from "./scenarios";
import { startSource } from "./source";
import { now } from "./time";

/** Whatever is not through by then is broken off, and counted as it is. */
const longestMs = 30 * 60_000;

export interface Figures {
  /** from its start until all was done; null: broken off */
  seconds: number | null;
  /** until the first mail and the last one were at the sink */
  first: number | null;
  arrived: number | null;
  cpu: number;
  peakMb: number;
  told: Told;
  /** doubled mails that were marked as possible copies beforehand */
  marked: number;
  notes: string[];
}

export interface Wish {
  connections: number;
  /** a folder for the worker's profile */
  profile: string | null;
}

let current: (() => Promise<void>) | null = null;
/** Ends everything that the measurement at hand has started. */
export const breakOff = async (): Promise<void> => current?.();

export async function measure(contender: Contender, scenario: Scenario, wish: Wish): Promise<Figures> {
  const closers: (() => unknown)[] = [];
  const later: Later = (close) => void closers.push(close);
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await Promise.resolve(one()).catch(() => {});
  };
  current = close;
  try {
    return await inside(contender, scenario, wish, later);
  } finally {
    await close();
    current = null;
  }
}

async function inside(contender: Contender, scenario: Scenario, wish: Wish, later: Later): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "mailferry-bench-"));
  later(() => rmSync(folder, { recursive: true, force: true }));
  const made = scenario.tls ? await certificate() : undefined;
  const source = await startSource(scenario, made);
  later(() => source.stop());
  const sink = await startSink(source.expected, made);
  later(() => sink.stop());
  const far = async (port: number) => {
    if (scenario.delayMs === 0) return port;
    const line = await startLine(port, scenario.delayMs);
    later(() => line.stop());
    return line.port;
  };
  const ready = await contender.prepare(
    {
      ...{ scenario, folder, ...wish, users: usersOf(scenario), fingerprint: made?.fingerprint ?? null },
      ...{ sourcePort: await far(source.port), smtpPort: await far(sink.port), sourceEmpty: source.empty },
    },
    later,
  );
  // What laying the mails has left to write is not the contender's.
  spawnSync("sync", ["-f", folder]);
  return timed(ready, sink);
}

async function timed(ready: Ready, sink: Sink): Promise<Figures> {
  const before = cpuSeconds(ready.standing);
  const began = now();
  const running = await ready.start();
  let peak = 0;
  const looking = setInterval(() => {
    const pid = running.pid();
    peak = Math.max(peak, (pid === null ? null : peakMb(pid)) ?? 0);
  }, 50);
  try {
    const settled = await through(running, sink, began + longestMs);
    await running.ended();
    const main = running.pid();
    const cpu = cpuSeconds([...ready.standing, ...(main === null ? [] : [main])]) - before;
    const told = await sink.told();
    const since = (moment: number | null) => (moment === null ? null : (moment - began) / 1000);
    const arrived = since(told.last);
    const seconds = settled === null || arrived === null ? null : Math.max(arrived, since(settled) ?? 0);
    const notes = [...running.notes(), ...(seconds === null ? ["broken off"] : [])];
    return {
      seconds,
      first: since(told.first),
      arrived,
      cpu,
      peakMb: peak,
      told,
      marked: await running.marked(),
      notes,
    };
  } finally {
    clearInterval(looking);
  }
}

/** The moment at which all was done, or null when that did not come. Its end counts once everything has arrived. */
async function through(running: Running, sink: Sink, until: number): Promise<number | null> {
  while (!sink.complete()) {
    if (now() > until) return null;
    await rest(10);
  }
  while (!(await running.settled())) {
    if (now() > until) return null;
    await rest(20);
  }
  return now();
}
