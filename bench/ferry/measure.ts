// One contender, one scenario, once: everything new, the time, what it cost, and what became of each mail.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rest } from "@/lib/clock";
import { certificate } from "@/test/servers/certificates";
import { share } from "../portal/figures";
import { boxesOf } from "./boxes";
import type { Contender, Later, PageTimes, Ready, Running } from "./contender";
import { cpuSeconds } from "./cost";
import { type Sink, startLine, startSink, type Told } from "./helper";
import { type Memory, watchMemory } from "./memory";
import { percent, watchOthers } from "./others";
import type { Scenario } from "./scenarios";
import { settleDisk } from "./settle";
import { type Source, startSource } from "./source";
import { type Stand, watchStand } from "./stand";
import { now } from "./time";

export interface Figures {
  /** what it was given: a rival may get fewer mails than Mailferry */
  scenario: Scenario;
  /** from its start until all was done; null: broken off */
  seconds: number | null;
  /** until the first mail and the last one were at the sink */
  first: number | null;
  arrived: number | null;
  /** of the mails that came later: within so many seconds 95 of 100 were there */
  p95: number | null;
  /** of a daemon and idle mailboxes: without its start */
  round: number | null;
  cpu: number;
  /** share of the processors that other programs took meanwhile */
  others: number;
  memory: Memory;
  told: Omit<Told, "arrivals">;
  /** doubled mails that were marked as possible copies beforehand */
  marked: number;
  pages: PageTimes[];
  notes: string[];
}

export interface Wish {
  connections: number;
  /** a folder for the workers' profiles */
  profile: string | null;
  /** whatever is not through by then is broken off, and counted as it is */
  limitMs: number;
  say(line: string): void;
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
  const stand = watchStand(wish.say);
  try {
    return await inside(contender, scenario, wish, later, stand);
  } finally {
    stand.at("ending what ran");
    await close();
    stand.end();
    current = null;
  }
}

async function inside(contender: Contender, scenario: Scenario, wish: Wish, later: Later, stand: Stand) {
  const folder = mkdtempSync(join(tmpdir(), "mailferry-bench-"));
  later(() => rmSync(folder, { recursive: true, force: true }));
  const made = scenario.tls ? await certificate() : undefined;
  const boxes = boxesOf(scenario);
  stand.at("laying the mails");
  const source = await startSource(scenario, boxes, made);
  later(() => source.stop());
  const { expected } = source;
  const servers = Array.from({ length: scenario.servers }, (_, n) => boxes.some((b) => b.server === n && b.silent));
  const sink = await startSink({ expected, servers, certificate: made });
  later(() => sink.stop());
  const far = async (target: number) => {
    if (scenario.delayMs === 0) return target;
    const line = await startLine({ target, delayMs: scenario.delayMs });
    later(() => line.stop());
    return line.port;
  };
  const smtpPorts: number[] = [];
  for (const port of sink.ports) smtpPorts.push(await far(port));
  stand.at(`preparing ${contender.name}`);
  const ready = await contender.prepare(
    {
      ...{ scenario, folder, boxes, smtpPorts, connections: wish.connections, profile: wish.profile },
      ...{ sourcePort: await far(source.port), fingerprint: made?.fingerprint ?? null, expected: expected.length },
      ...{ sourceEmpty: () => source.left() === 0, layLater: source.layLater },
    },
    later,
  );
  stand.at("waiting until the disk has written what was laid");
  const busy = await settleDisk(folder);
  const figures = await timed(ready, source, sink, wish.limitMs, stand);
  return { ...figures, scenario, notes: [...(busy ? [busy] : []), ...figures.notes] };
}

async function timed(ready: Ready, source: Source, sink: Sink, limitMs: number, stand: Stand) {
  const [before, others] = [cpuSeconds(ready.standing), watchOthers()];
  const began = now();
  const running = await ready.start();
  const memory = watchMemory(() => running.pids());
  stand.at("carrying", async () => {
    const { expected, missing } = await sink.told();
    const shares = others();
    const seen = `${expected - missing} of ${expected} arrived, ${source.left()} left in the mailboxes`;
    const machine = `of the processors other programs took ${percent(shares.others)}, this bench ${percent(shares.ours)}`;
    return [seen, machine, await running.state()].join("; ");
  });
  try {
    const settled = await through(running, sink, source.expected.length > 0, began + limitMs);
    await running.ended();
    const cpu = cpuSeconds([...ready.standing, ...running.pids()]) - before;
    const { arrivals, ...told } = await sink.told();
    const since = (moment: number | null) => (moment === null ? null : (moment - began) / 1000);
    const last = source.expected.length > 0 ? since(told.last) : 0;
    const seconds = settled === null || last === null ? null : Math.max(last, since(settled) ?? 0);
    const late = arrivals.filter(([mark]) => source.later.has(mark)).map(([, at]) => (at - began) / 1000);
    return {
      ...{
        seconds,
        first: since(told.first),
        arrived: since(told.last),
        cpu,
        memory: memory.end(),
        told,
        others: others().others,
      },
      p95: late.length > 0 && late.length === source.later.size ? share(late, 0.95) : null,
      round: (await running.round?.()) ?? null,
      marked: await running.marked(),
      pages: running.pages?.() ?? [],
      notes: [...running.notes(), ...(seconds === null ? [`broken off after ${Math.round(limitMs / 1000)} s`] : [])],
    };
  } finally {
    memory.end();
  }
}

/** The moment at which all was done, or null when that did not come. Its end counts once everything has arrived. */
async function through(running: Running, sink: Sink, mails: boolean, until: number): Promise<number | null> {
  while (mails && !sink.complete()) {
    if (now() > until) return null;
    await rest(10);
  }
  while (!(await running.settled())) {
    if (now() > until) return null;
    await rest(20);
  }
  return now();
}
