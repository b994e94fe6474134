// The words of the overview of all tenants, in one place.
import type { State } from "@/app/_ui/state";
import { relativeTime, spanWords } from "@/app/_ui/time";
import type { Cause, CauseKind, Standing } from "@/domain/overview/standing";
import { mostCounted, mostPerHour } from "@/domain/overview/tenants";

export const standingWords: Record<Standing, { state: State; word: string }> = {
  stopped: { state: "stopped", word: "Stopped" },
  needs: { state: "needs", word: "Needs you" },
  slow: { state: "slow", word: "Slow" },
  flowing: { state: "flowing", word: "Flowing" },
  new: { state: "idle", word: "Never set up" },
  closed: { state: "idle", word: "Closed" },
};

export const causeWords: Record<CauseKind, string> = {
  worker: "No worker",
  room: "No room",
  server: "Server",
  "sign-in": "Sign-in refused",
  mailbox: "Mailbox",
  provider: "Provider’s trouble",
  badmail: "BADMAIL",
  held: "Held",
  certificate: "Certificate ends",
  warning: "Warning",
  waiting: "Waits long",
};

/** "for 3 hours"; of mail that waits for a decision when the newest came. */
export function whenWords({ kind, at }: Cause, now: Date): string {
  if (!at) return "";
  if (kind === "badmail" || kind === "held") return `newest ${relativeTime(at, now)}`;
  return `for ${spanWords(Math.max(1, (now.getTime() - at.getTime()) / 1000))}`;
}

export const perHourWords = (n: number) =>
  n > mostPerHour ? `${mostPerHour.toLocaleString("en")}+` : n.toLocaleString("en");
export const countWords = (n: number) =>
  n > mostCounted ? `${mostCounted.toLocaleString("en")}+` : n.toLocaleString("en");

/** The one sentence that calms or calls. */
export function summaryOf(counts: Record<Standing, number>, search: string): string {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  if (total === 0 && search) return "None found.";
  if (total === 0) return "Each tenant is a company with mailboxes and an Exchange server of its own.";
  const parts = [
    counts.stopped > 0 && `${counts.stopped} ${counts.stopped === 1 ? "stands" : "stand"} still`,
    counts.needs > 0 && `${counts.needs} ${counts.needs === 1 ? "needs" : "need"} you`,
    counts.slow > 0 && `${counts.slow} ${counts.slow === 1 ? "is" : "are"} slow`,
  ].filter(Boolean);
  const found = search ? "found" : total === 1 ? "tenant" : "tenants";
  const of = `of ${total.toLocaleString("en")} ${found}`;
  return parts.length === 0 ? `Nobody needs you, ${of}.` : `${parts.join(", ")}, ${of}.`;
}
