// A limit of the server's that a lane keeps to: mail flows, more slowly than it could. Said with the figure and what to raise.
import { mailWords } from "@/domain/mail-words";

export interface LimitedLane {
  host: string;
  state: "closed" | "open" | "half-open" | "paused";
  reasonKind: string | null;
  /** what the server said and which limit to raise, as the breaker keeps it */
  reason: string | null;
  pacePerMinute: number | null;
  cap: number | null;
  maxConnections: number;
}

export interface LimitWords {
  title: string;
  detail: string;
}

/** Null: none was met, or it was kept long enough to be gone; and while the lane stands, that is said instead. */
export function limitWords(lane: LimitedLane): LimitWords | null {
  if (lane.state !== "closed") return null;
  const { host, pacePerMinute: pace, cap, maxConnections: most } = lane;
  const told = lane.reasonKind === "pace" || lane.reasonKind === "lower-cap";
  // A server that is just back has a cap too, for a moment: nobody set it a limit.
  const limited = told && cap !== null && cap < most;
  if (pace === null && !limited) return null;
  const rate = pace === null ? "" : ` at ${mailWords(pace)} a minute`;
  const over = limited ? ` over ${cap} of ${most} connections` : "";
  const said = told ? (lane.reason ?? "") : "";
  return {
    title: `Mail flows${rate}${over}: ${host} takes no more.`,
    // The command that raises the limit comes last: it is to be copied.
    detail: `While mail is taken it gets faster again by itself, step by step. ${said}`.trim(),
  };
}
