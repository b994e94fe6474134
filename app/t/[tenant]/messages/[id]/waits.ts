// Why a mail waits, in words: the server's fault with since when and the next try, or the mail's own time.

import type { State } from "@/app/_ui/state";
import type { QueueLane } from "@/domain/queue/lane";
import { atOrOn } from "@/domain/when-words";

export interface Waits {
  state: State;
  /** the banner's sentence */
  title: string;
  /** what happens next */
  next: string;
}

type Lane = Pick<QueueLane, "host" | "state" | "reason" | "since" | "nextTryAt" | "attended" | "site">;

/** `own`: the mail's own next try. */
export function waitsFor(lane: Lane | null, own: Date | null, at: (when: Date) => string, now: Date): Waits {
  if (!lane)
    return {
      state: "needs",
      title: "Waiting: no Exchange server is set up yet.",
      next: "It goes out when there is one.",
    };
  const { host, reason } = lane;
  const later = (when: Date | null) => (when && when > now ? when : null);
  const first = lane.attended ? "" : `No worker of the site “${lane.site}” is running, so nothing is sent. `;
  switch (lane.state) {
    case "open": {
      const next = later(lane.nextTryAt);
      const then = next ? `The next try is ${atOrOn(at(next))}` : "The server is tried again now";
      const mine = later(own);
      const goes = mine && mine > (next ?? now) ? `${atOrOn(at(mine))}` : "at once";
      return {
        state: "stopped",
        title: `Waiting: ${reason ?? `delivery to ${host} has stopped.`}`,
        next: `${first}Stopped since ${at(lane.since)}. ${then}; when the server takes mail again, it goes ${goes}.`,
      };
    }
    case "half-open":
      return {
        state: "needs",
        title: `Waiting: ${host} is being tried with one mail right now.`,
        next: `${first}Stopped since ${at(lane.since)}${reason ? `: ${reason}` : "."} If the server takes that one, this one follows.`,
      };
    case "paused":
      return {
        state: "needs",
        title: `Waiting: ${reason ?? "delivery is paused."}`,
        next: `Paused since ${at(lane.since)}. It goes when somebody presses Resume on the page Queue.`,
      };
    case "closed": {
      const next = later(own);
      const then = next
        ? `The next try is ${atOrOn(at(next))}.`
        : `It is due now and goes as soon as ${host} has a free hand.`;
      return lane.attended
        ? { state: "idle", title: `Waiting for ${host}.`, next: then }
        : { state: "stopped", title: `Waiting: ${first.trim()}`, next: "It goes out when one starts." };
    }
  }
}
