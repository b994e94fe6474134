// What a contender costs: processor time of all its processes, and the most memory that its main one had. Linux, by /proc.
//
// Of a process that lives, user and system time of itself and of every descendant are taken, and with each of them the time of
// its children that ended and were waited for. A program that ended was a child of this bench, which waited for it: it is in
// this bench's own sum of ended children, which nothing else enters while the time runs. So:
//   Mailferry: its worker, and Postgres with all its processes (also writing and vacuuming in the background).
//   fetchmail, and getmail with every msmtp that it started.
//   With Postfix: all of Postfix's daemons as well.
// Never counted: Dovecot, the sink, lines, this bench.
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
  const ticks = living.reduce((sum, pid) => sum + (all.get(pid)?.itself ?? 0) + (all.get(pid)?.ended ?? 0), 0);
  return (ticks + (own?.ended ?? 0)) / ticksPerSecond;
}

interface Stat {
  parent: number;
  itself: number;
  ended: number;
}

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

/** VmHWM in MB; null when the process is gone. */
export function peakMb(pid: number): number | null {
  const kb = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return kb === undefined ? null : Number(kb) / 1024;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
