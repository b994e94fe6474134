// Bodies that this worker has just stored. A mail is often claimed a moment later, by the same worker: then its bytes need not come
// back from Postgres, which writes them out in hexadecimal digits and has them read again (docs/decisions/0054). The committed rows are
// what a mail's safety rests on; what is missing here is read from them. Sent bytes are proved by their hash wherever they come from.
import type { Db } from "@/lib/db";

/** octets; larger ones are claimed one by one, and read as they are sent (migration 0256, as it is in 0263) */
export const smallMail = 32_768;
/** of one worker, octets: it is a queue's front, and what doesn't fit is read later */
const mostBytes = 16 * 1024 * 1024;
/** who is not claimed by then waits for something: a server that is down, a pace, another worker that has it */
const longestMs = 30_000;
/** Octets that a body counts for: a very small one may hold a whole slab of Node's. */
const costOf = (bytes: Buffer): number => Math.max(bytes.length, Buffer.poolSize);

interface Fresh {
  bytes: Buffer;
  since: number;
}

/** In the order in which they were stored, which is the order in which they are claimed: what came first is kept, not what came last. */
export class FreshBodies {
  private readonly kept = new Map<string, Fresh>();
  private held = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly most = mostBytes) {}

  /** After the commit. */
  keep(bodyId: string, bytes: Buffer): void {
    this.dropOld();
    if (this.held + costOf(bytes) > this.most) return;
    this.kept.set(bodyId, { bytes, since: performance.now() });
    this.held += costOf(bytes);
    this.timer ??= setTimeout(() => this.wakeUp(), longestMs).unref();
  }

  /** Once: who asks is about to send it. */
  take(bodyId: string): Buffer | null {
    const found = this.kept.get(bodyId);
    if (!found) return null;
    this.kept.delete(bodyId);
    this.held -= costOf(found.bytes);
    return found.bytes;
  }

  private dropOld(): void {
    for (const [id, { since }] of this.kept) {
      if (performance.now() - since < longestMs) break;
      this.take(id);
    }
  }

  /** Mail doesn't lie in memory because no other comes. */
  private wakeUp(): void {
    this.dropOld();
    this.timer = this.kept.size > 0 ? setTimeout(() => this.wakeUp(), longestMs).unref() : null;
  }
}

const all = new WeakMap<Db, FreshBodies>();

/** Those of the worker that has this database. */
export function freshBodies(db: Db): FreshBodies {
  const known = all.get(db) ?? new FreshBodies();
  all.set(db, known);
  return known;
}
