// The loop, written once: a room's step, a rest, until told to stop. A fault is logged and rested on, longer each time; a
// database that is away is waited for quietly, and everything goes on by itself when it is back.
import { rest } from "@/lib/clock";
import { wordsOf } from "@/lib/errors";
import type { Call, Room, WorkerContext } from "./room";

/** Wakes resting rooms: a NOTIFY came. Only a hint, the rooms look by themselves too. */
export class Bell {
  private waiting = new Map<() => void, Call | undefined>();
  ring(call: string): void {
    for (const [wake, hears] of this.waiting) if (hears === call) wake();
  }
  /** Rests until the time is over, the bell rings for this room, or the signal fires. */
  async rest(ms: number, signal: AbortSignal, hears?: Call): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.waiting.set(wake, hears);
    signal.addEventListener("abort", wake, { once: true });
    try {
      if (!signal.aborted) await rest(ms, woken.signal);
    } finally {
      this.waiting.delete(wake);
      signal.removeEventListener("abort", wake);
    }
  }
}

const firstPause = 500;
const longestPause = 10_000;
/** A rung bell makes no room run hot. */
const shortestRest = 20;

export async function runRoom(room: Room, context: WorkerContext, bell: Bell): Promise<void> {
  let pause = firstPause;
  let away = false;
  while (!context.stopping.aborted) {
    try {
      const ms = await room.step(context);
      if (away) context.log.info({ room: room.name }, "the database is back");
      away = false;
      pause = firstPause;
      if (ms > shortestRest) {
        await rest(shortestRest, context.stopping);
        await bell.rest(ms - shortestRest, context.stopping, room.hears);
      } else await rest(ms, context.stopping);
    } catch (error) {
      if (!databaseAway(error))
        context.log.error({ room: room.name, error: wordsOf(error), stack: stackOf(error) }, "a step failed");
      else if (!away) {
        away = true;
        context.log.warn({ room: room.name, error: wordsOf(error) }, "the database is away; trying again");
      }
      await rest(pause, context.stopping);
      pause = Math.min(longestPause, pause * 2);
    }
  }
  await room.drain?.();
}

const stackOf = (error: unknown) => (error instanceof Error ? error.stack : undefined);

/** Whether time alone may mend it: away, full (53), a deadlock (40), a lock (55), a standby that is no primary yet (25006). */
export function healsByItself(error: unknown): boolean {
  if (databaseAway(error)) return true;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return /^(53|40|55|57|58|25006)/.test(code);
}

/** Classes 08 and 57P of SQLSTATE, 53300, and what sockets and Prisma (P1…) say when there is no server. */
export function databaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^(08|57P|53300|P10|P2024)/.test(code)) return true;
  if (["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ENOTFOUND", "EAI_AGAIN"].includes(code)) return true;
  return /connection terminated|timeout exceeded when trying to connect|Can't reach database/i.test(error.message);
}
