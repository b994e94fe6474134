// The clock that retention goes by is the database's, and even that one may jump: a machine that wakes up a year ahead must
// not cost anybody a year of mail. After a jump nothing is deleted until a person says that the clock is right, or it has
// run evenly for a day.
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";

export interface ClockState {
  /** when retention looked last */
  seenAt: Date;
  /** when a jump was seen; null: retention works */
  brakedAt: Date | null;
  jumpedFrom: Date | null;
  /** how long the clock has run evenly since the jump */
  steadySeconds: number;
}

const hour = 3600;
/** Further than this from the last look, either way, is a jump; or a long standstill, which is treated the same. */
const jump = 48 * hour;
const steadyFor = 24 * hour;
/** Between two looks at most so much counts as even running: nobody looked in between. */
const longestStep = hour;

/** The state after a look at `now`. Without a state there is nothing to compare with: no brake. */
export function afterLook(before: ClockState | null, now: Date): ClockState {
  const released = { seenAt: now, brakedAt: null, jumpedFrom: null, steadySeconds: 0 };
  if (!before) return released;
  const seconds = (now.getTime() - before.seenAt.getTime()) / 1000;
  if (Math.abs(seconds) > jump) return { seenAt: now, brakedAt: now, jumpedFrom: before.seenAt, steadySeconds: 0 };
  if (!before.brakedAt) return released;
  const steadySeconds = before.steadySeconds + Math.min(longestStep, Math.max(0, seconds));
  return steadySeconds >= steadyFor ? released : { ...before, seenAt: now, steadySeconds };
}

export async function databaseNow(db: Db): Promise<Date> {
  const { rows } = await db.pool.query<{ now: Date }>("select clock_timestamp() as now");
  return rows[0]?.now ?? new Date();
}

/** Looks at the clock and keeps what was seen; workers take turns. */
export function seeClock(db: Db, now: Date): Promise<ClockState> {
  return sqlTransaction(db.pool, async (sql) => {
    await sql.query("insert into retention_clock (seen_at) values ($1) on conflict do nothing", [now]);
    const [row] = await sql.query<{
      seen_at: Date;
      braked_at: Date | null;
      jumped_from: Date | null;
      steady_seconds: number;
    }>("select seen_at, braked_at, jumped_from, steady_seconds from retention_clock for update");
    const before = row && {
      seenAt: row.seen_at,
      brakedAt: row.braked_at,
      jumpedFrom: row.jumped_from,
      steadySeconds: row.steady_seconds,
    };
    const after = afterLook(before ?? null, now);
    await sql.query("update retention_clock set seen_at = $1, braked_at = $2, jumped_from = $3, steady_seconds = $4", [
      after.seenAt,
      after.brakedAt,
      after.jumpedFrom,
      after.steadySeconds,
    ]);
    return after;
  });
}

/** A person says that the clock is right; false when nothing was held back. */
export async function acceptClock(db: Db, who: string): Promise<boolean> {
  return sqlTransaction(db.pool, async (sql) => {
    const rows = await sql.query(
      `update retention_clock set braked_at = null, jumped_from = null, steady_seconds = 0
       where braked_at is not null returning one`,
    );
    if (rows.length > 0)
      await sql.query("insert into platform_audit (who, action, target) values ($1, 'clock.accept', '')", [who]);
    return rows.length > 0;
  });
}
