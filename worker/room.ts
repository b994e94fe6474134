// What every room of the worker is given, and what a room is: a step that the loop repeats until told to stop.

import type { Clock } from "@/lib/clock";
import type { Db } from "@/lib/db";
import type { WorkerEnv } from "@/lib/env";
import type { Logger } from "@/lib/log";
import type { PrivateKeys } from "@/lib/seal";

export interface WorkerContext {
  db: Db;
  workerId: string;
  /** this worker's full name: HELO and Received */
  name: string;
  /** this installation's id, for Received: and loop detection */
  installation: string;
  env: WorkerEnv;
  keys: PrivateKeys;
  log: Logger;
  clock: Clock;
  /** fires at SIGTERM: claim nothing new, finish what is under way */
  stopping: AbortSignal;
  /** fires 60 s later: give up everything but pending dots */
  hurry: AbortSignal;
}

/** What the database calls out: work for a lane, a mailbox to look into now, a test to run. */
export type Call = "lane" | "mailbox" | "probe";

export interface Room {
  name: string;
  /** which calls end its rest; without any it looks when its rest is over, and mail that flows does not make it look */
  hears?: Call;
  /** One step. Returns how long to rest before the next, in ms (0: there is more). A throw is logged and rested on. */
  step(context: WorkerContext): Promise<number>;
  /** waits for what the room started and still runs; called once after the last step */
  drain?(): Promise<void>;
}
