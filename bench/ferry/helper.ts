// The processes beside a contender, sink and lines: started, told their wish, ended by their pid.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { DelayWish } from "./delay";
import type { SinkWish } from "./sink-process";
import type { Counts } from "./tally";

export interface Told extends Counts {
  /** moments of the first arrival and of the last one that was waited for, in the clock of all processes */
  first: number | null;
  last: number | null;
  /** of each mark, when it came first */
  arrivals: [mark: string, at: number][];
}

export interface Sink {
  /** of each server */
  ports: number[];
  complete(): boolean;
  told(): Promise<Told>;
  stop(): Promise<void>;
}

export async function startSink(wish: SinkWish): Promise<Sink> {
  const { child, stop } = launch("sink-process.ts");
  const ready = heard<{ ports: number[] }>(child, "ports");
  child.send(wish);
  const { ports } = await ready;
  let complete = false;
  child.on("message", (message: { complete?: boolean }) => {
    if (message.complete) complete = true;
  });
  return {
    ports,
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
export async function startLine(wish: DelayWish): Promise<{ port: number; stop(): Promise<void> }> {
  const { child, stop } = launch("delay.ts");
  const ready = heard<{ port: number }>(child, "port");
  child.send(wish);
  return { port: (await ready).port, stop };
}

function launch(file: string): { child: ChildProcess; stop(): Promise<void> } {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [], { execArgv: ["--import", "tsx"], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  const stop = async () => {
    child.kill("SIGKILL");
    await gone;
  };
  return { child, stop };
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
