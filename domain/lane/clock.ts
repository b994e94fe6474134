// The give-up clock of a lane: it runs only while a worker of its site beats (site_clock) and the lane is closed, so that
// nobody's mail goes to BADMAIL because a server, or Mailferry, was away for a week.

export interface LaneClock {
  /** seconds worked before the present stretch */
  base: number;
  /** the site's running seconds when the present stretch began; null while the lane does not work */
  since: number | null;
}

/** Seconds that the lane has worked by now; `running` is the site's clock. */
export const workingSeconds = (clock: LaneClock, running: number): number =>
  clock.base + (clock.since === null ? 0 : Math.max(0, running - clock.since));

/** The clock after the lane began or ceased to work. */
export function turned(clock: LaneClock, working: boolean, running: number): LaneClock {
  if (working) return clock.since === null ? { base: clock.base, since: running } : clock;
  return { base: workingSeconds(clock, running), since: null };
}

/** Whether a mail whose first attempt was at `start` has had its time. */
export const gaveUp = (start: number, working: number, giveUpAfterHours: number): boolean =>
  working - start >= giveUpAfterHours * 3600;

/** The same for SQL: `l` is the lane, `c` its site's clock. */
export const workingSql = "(l.working_base + coalesce(greatest(0, c.running_seconds - l.working_since), 0))";
