// How much memory the main processes have while they run, and whether it grows with the mails that went through.
import { memoryMb } from "./cost";

export interface Memory {
  /** the most that one of them had */
  peak: number;
  /** the most in the second and in the last fifth of the time; in the first one it starts */
  early: number;
  late: number;
}

const everyMs = 50;

export function watchMemory(pids: () => number[]): { end(): Memory } {
  const seen: number[] = [];
  let peak = 0;
  const timer = setInterval(() => {
    const all = pids().flatMap((pid) => memoryMb(pid) ?? []);
    if (all.length === 0) return;
    seen.push(Math.max(...all.map(({ now }) => now)));
    peak = Math.max(peak, ...all.map((one) => one.peak));
  }, everyMs);
  const most = (from: number, to: number) =>
    Math.max(0, ...seen.slice(Math.floor(seen.length * from), Math.ceil(seen.length * to)));
  return {
    end: () => {
      clearInterval(timer);
      return { peak, early: most(0.2, 0.4), late: most(0.8, 1) };
    },
  };
}
