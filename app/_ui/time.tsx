// Times. Always in the tenant's zone, the zone named; relative words are made on the server, so they don't jump.
import { formatter } from "@/lib/formatter";

const instant = (at: Date | string) => (typeof at === "string" ? new Date(at) : at);

/** "24 Nov 2026, 14:02 CET" */
export function longTime(at: Date | string, zone: string): string {
  const parts = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return formatter("en-GB", { ...parts, timeZone: zone, timeZoneName: "short" }).format(instant(at));
}

const dayOf = (at: Date, zone: string) => formatter("en-CA", { timeZone: zone }).format(at);

/** "14:02" today, "23 Nov, 14:02" before, with the year where it differs. */
export function shortTime(at: Date | string, zone: string, now: Date): string {
  const then = instant(at);
  const clock = { hour: "2-digit", minute: "2-digit" } as const;
  const year = dayOf(then, zone).slice(0, 4) === dayOf(now, zone).slice(0, 4) ? {} : ({ year: "numeric" } as const);
  const day = dayOf(then, zone) === dayOf(now, zone) ? {} : ({ day: "numeric", month: "short", ...year } as const);
  return formatter("en-GB", { ...day, ...clock, timeZone: zone }).format(then);
}

const units = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** "40 seconds", "4 minutes", "3 days" */
export function spanWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [size, name] = units.find(([unit]) => whole >= unit) ?? units[3];
  const count = Math.floor(whole / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** "40 seconds ago", "in 5 minutes" */
export function relativeTime(at: Date | string, now: Date): string {
  const seconds = (instant(at).getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds < 0 ? `${spanWords(-seconds)} ago` : `in ${spanWords(seconds)}`;
}

/** `now` is the door's: pass it down, so that server and browser say the same. */
export function Time({
  at,
  zone,
  now,
  relative,
}: {
  at: Date | string;
  zone: string;
  now: Date;
  /** words like "4 minutes ago" instead of the clock */
  relative?: boolean;
}) {
  return (
    <time dateTime={instant(at).toISOString()} title={`${longTime(at, zone)} (${zone})`}>
      {relative ? relativeTime(at, now) : shortTime(at, zone, now)}
    </time>
  );
}
