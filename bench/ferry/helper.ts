// The processes beside a contender, sink and lines: started, told their wish, ended by their pid.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Certificate } from "@/test/servers/line-server";
import type { DelayWish } from "./delay";
import type { Counts, Expected } from "./sink";
import type { SinkWish } from "./sink-process";

export interface Told extends Counts {
  /** moments of the first arrival and of the one that made it complete, in the clock of all processes */
  first: number | null;
  last: number | null;
}

export interface Sink {
  port: number;
  complete(): boolean;
  told(): Promise<Told>;
  stop(): Promise<void>;
}

export async function startSink(expected: Expected, certificate: Certificate | undefined): Promise<Sink> {
  const { child, port, stop } = await start("sink-process.ts", { expected, certificate } satisfies SinkWish);
  let complete = false;
  child.on("message", (message: { complete?: boolean }) => {
    if (message.complete) complete = true;
  });
  return {
    port,
    complete: () => complete,
    told: async () => {
      const answer = heard<{ told: Told }>(child, "told");
      child.send("tell");
      return (await answer).told;
    },
    stop,
  };
}

/** A line of so many milliseconds in front of a port. */
export const startLine = (target: number, delayMs: number): Promise<{ port: number; stop(): Promise<void> }> =>
  start("delay.ts", { target, delayMs } satisfies DelayWish);

async function start(file: string, wish: SinkWish | DelayWish) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [], { execArgv: ["--import", "tsx"], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  const stop = async () => {
    child.kill("SIGKILL");
    await gone;
  };
  const port = heard<{ port: number }>(child, "port");
  child.send(wish);
  return { child, port: (await port).port, stop };
}

/** The next message with this word; a fault when it ends instead. */
function heard<T>(child: ChildProcess, word: string): Promise<T> {
  return new Promise((done, failed) => {
    const gone = (code: number | null) => failed(new Error(`${child.spawnargs.at(-1)} ended with ${code}`));
    const hear = (message: object) => {
      if (!(word in message)) return;
      child.off("message", hear);
      child.off("exit", gone);
      done(message as T);
    };
    child.on("message", hear);
    child.once("exit", gone);
  });
}
