// What a contender costs: processor time of all its processes, and the most memory that its main one had. Linux, by /proc.
//
// Of a process that lives, user and system time of itself and of every descendant are taken, and with each of them the time of
// its children that ended and were waited for. A program that ended was a child of this bench, which waited for it: it is in
// this bench's own sum of ended children, which nothing else enters while the time runs. So:
//   Mailferry: its workers, and Postgres with all its processes (also writing and vacuuming in the background).
//   fetchmail, and getmail or mpop with every msmtp that they started.
//   With Postfix: all of Postfix's daemons as well.
// Never counted: Dovecot, the sink, lines, a portal, this bench.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Refusal } from "@/lib/errors";

/** Linux counts processor time in these, a second has 100 of them (USER_HZ). */
const ticksPerSecond = 100;

export function needProc(): void {
  if (!existsSync("/proc/self/stat")) throw new Refusal("This bench needs Linux: it reads processor time from /proc.");
}

/** Seconds, of what lives below these pids and of what this process has seen ending; only differences mean something. */
export function cpuSeconds(pids: readonly number[]): number {
  const all = readAll();
  const own = all.get(process.pid);
  const living = [...new Set(pids.flatMap((pid) => below(pid, all)))];
  const ticks = living.reduce((sum, pid) => sum + timeOf(all.get(pid)), 0);
  return (ticks + (own?.ended ?? 0)) / ticksPerSecond;
}

/** Processor time of this bench and of all that it started, ended or not. */
export function ownSeconds(): number {
  const all = readAll();
  return below(process.pid, all).reduce((sum, pid) => sum + timeOf(all.get(pid)), 0) / ticksPerSecond;
}

/** Of the whole machine, whoever took it, and how much it could have given. */
export function machineSeconds(): { busy: number; all: number } {
  // user, nice, system, idle, iowait, irq, softirq, steal (proc(5)); what a guest took is in the first two already.
  const ticks = (/^cpu +(.*)$/m.exec(read("/proc/stat") ?? "")?.[1] ?? "").split(" ").slice(0, 8).map(Number);
  const all = ticks.reduce((sum, one) => sum + one, 0) / ticksPerSecond;
  return { busy: all - ((ticks[3] ?? 0) + (ticks[4] ?? 0)) / ticksPerSecond, all };
}

interface Stat {
  parent: number;
  itself: number;
  ended: number;
}

const timeOf = (stat: Stat | undefined): number => (stat?.itself ?? 0) + (stat?.ended ?? 0);

function readAll(): Map<number, Stat> {
  const found = new Map<number, Stat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : null;
    if (stat === null) continue;
    // The name in brackets may hold anything: fields are counted from behind it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(") ") + 2).split(" ");
    const at = (n: number) => Number(fields[n - 3]);
    found.set(Number(name), { parent: at(4), itself: at(14) + at(15), ended: at(16) + at(17) });
  }
  return found;
}

const below = (pid: number, all: Map<number, Stat>): number[] =>
  all.has(pid)
    ? [pid, ...[...all].filter(([, { parent }]) => parent === pid).flatMap(([child]) => below(child, all))]
    : [];

/** VmRSS and VmHWM in MB: what it has, and the most that it ever had; null when the process is gone. */
export function memoryMb(pid: number): { now: number; peak: number } | null {
  const text = read(`/proc/${pid}/status`) ?? "";
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) / 1024;
  return mb("VmHWM") === 0 ? null : { now: mb("VmRSS"), peak: mb("VmHWM") };
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
