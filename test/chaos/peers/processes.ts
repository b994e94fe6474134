// kill -9 of a process and of all that it started, at one moment.
import { execFileSync } from "node:child_process";

/** It is frozen first: what it is in the middle of stays so, and its children are still its own when they are looked up. */
export function killTree(pid: number): void {
  signal(pid, "SIGSTOP");
  for (const one of [pid, ...descendants(pid)]) signal(one, "SIGKILL");
}

export const runs = (pid: number): boolean => signal(pid, 0);

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

export function descendants(pid: number): number[] {
  const pairs = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.filter(([, of]) => of === parent).flatMap(([child = 0]) => [child, ...below(child)]);
  return below(pid);
}
