// How often a postmaster is told of one kind: the first at once, then ever larger gaps, and anew after a quiet day.

export interface Pace {
  /** how many mails of this kind went out since it was last quiet */
  step: number;
  lastAt: Date | null;
  nextAt: Date | null;
}

const hour = 3600;
const day = 24 * hour;

/** Seconds to wait after the first, second, third … mail of a kind. `firstGap` is MAILFERRY_DIGEST_SECONDS. */
export const gapAfter = (step: number, firstGap: number): number => [firstGap, hour, 4 * hour][step - 1] ?? day;

/** A day without an event of this kind after the last mail: whatever comes now is a first one again. */
export const wasQuiet = (pace: Pace | null, oldestPending: Date): boolean =>
  !pace?.lastAt || oldestPending.getTime() - pace.lastAt.getTime() >= day * 1000;

/** Whether what is pending (since `oldestPending`) may be told now. */
export const mayTell = (pace: Pace | null, oldestPending: Date, now: Date): boolean =>
  wasQuiet(pace, oldestPending) || !pace?.nextAt || now >= pace.nextAt;

/** The pace once a mail of this kind went out at `now`. */
export function paceAfter(pace: Pace | null, oldestPending: Date, now: Date, firstGap: number) {
  const step = wasQuiet(pace, oldestPending) ? 1 : (pace?.step ?? 0) + 1;
  return { step, lastAt: now, nextAt: new Date(now.getTime() + gapAfter(step, firstGap) * 1000) };
}
