// After a poll: when the next one is, and whether people are told. Pure; `now` is the database's clock.

export type PollResult = "ok" | "nothing-new" | "partial" | "refused" | "unreachable" | "busy" | "error";

export interface Before {
  lastResult: PollResult | null;
  failures: number;
  failingSince: Date | null;
  toldStoppedAt: Date | null;
}

export interface After {
  failures: number;
  failingSince: Date | null;
  toldStoppedAt: Date | null;
  /** from now; 0: at once, after others that are due */
  dueInSeconds: number;
  notice: "collecting-stopped" | "collecting-again" | null;
}

const refusedMinutes = [5, 15, 30, 60];
const hour = 3_600_000;
/** After a session that did not end well, so that no fault makes a loop without rest. */
const breath = 10;

export const works = (result: PollResult): boolean =>
  result === "ok" || result === "nothing-new" || result === "partial";

export function afterPoll(
  before: Before,
  outcome: { result: PollResult; more: boolean },
  pollSeconds: number,
  now: Date,
): After {
  if (works(outcome.result))
    return {
      failures: 0,
      failingSince: null,
      toldStoppedAt: null,
      dueInSeconds: outcome.more ? (outcome.result === "partial" ? breath : 0) : pollSeconds,
      notice: before.toldStoppedAt ? "collecting-again" : null,
    };
  // A refusal after another fault is the first refusal; a newly saved password begins at 0 again.
  const failures = outcome.result === before.lastResult || outcome.result !== "refused" ? before.failures + 1 : 1;
  const failingSince = before.failingSince ?? now;
  const forAnHour = now.getTime() - failingSince.getTime() >= hour;
  const tell = before.toldStoppedAt === null && (outcome.result === "refused" ? failures >= 3 || forAnHour : forAnHour);
  return {
    failures,
    failingSince,
    toldStoppedAt: tell ? now : before.toldStoppedAt,
    dueInSeconds: pause(outcome.result, failures, pollSeconds),
    notice: tell ? "collecting-stopped" : null,
  };
}

function pause(result: PollResult, failures: number, pollSeconds: number): number {
  if (result === "refused") return (refusedMinutes[Math.min(failures, refusedMinutes.length) - 1] ?? 60) * 60;
  // Not sooner than a minute (providers count sign-ins), not later than ten (mail should move soon after it is mended).
  return Math.max(60, Math.min(pollSeconds, 600));
}
