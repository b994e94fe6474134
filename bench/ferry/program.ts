// A program that collects once and ends, run again a second later while mails are left, as cron would.
import { type ChildProcess, spawn } from "node:child_process";
import { rest } from "@/lib/clock";
import { killTree } from "@/test/chaos/peers/processes";
import type { Ends, Later, Running } from "./contender";

/** Starts it; `done`: exit codes that say that all is well. */
export async function runUntilEmpty(
  words: string[],
  done: readonly number[],
  { folder, expected, sourceEmpty }: Ends,
  later: Later,
  env: Record<string, string> = {},
): Promise<Running> {
  const [program = "", ...rest_] = words;
  const notes: string[] = [];
  let child: ChildProcess | null = null;
  let runs = 0;
  let stopped = false;
  let ended = false;
  const once = async () => {
    const own = spawn(program, rest_, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HOME: folder, ...env },
    });
    child = own;
    runs += 1;
    let said = "";
    own.stderr.on("data", (chunk: Buffer) => {
      if (said.length < 500) said += chunk.toString();
    });
    const code = await new Promise<number | null>((gone, failed) => {
      own.once("error", failed);
      own.once("close", gone);
    });
    child = null;
    if (!stopped && !done.includes(code ?? -1)) notes.push(`${program} ended with ${code}: ${said.trim()}`);
  };
  const loop = async () => {
    for (;;) {
      await once();
      if (stopped || sourceEmpty()) return;
      notes.push(`${program} was run again: mails were left`);
      await rest(1000);
    }
  };
  const over = loop()
    .catch((error) => void notes.push(String(error)))
    .finally(() => {
      ended = true;
    });
  later(async () => {
    stopped = true;
    if (child?.pid) killTree(child.pid);
    await over;
  });
  return {
    pids: () => (child?.pid ? [child.pid] : []),
    // Where nothing is to arrive, its round is what takes time.
    settled: async () => expected > 0 || ended,
    ended: () => Promise.race([over, rest(30_000)]).then(() => {}),
    marked: async () => 0,
    notes: () => [...new Set(notes)],
    state: async () => `${program} ${child ? "runs" : "has ended"}, for the ${runs}. time`,
  };
}
