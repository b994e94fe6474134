// Whether the server's lane moves, in one sentence, and what of it matters next.
import type { State } from "@/app/_ui/state";
import { spanWords } from "@/app/_ui/time";
import { boundedMailWords } from "@/domain/queue/bounded";
import type { QueueLane } from "@/domain/queue/lane";
import type { WaitingCounts } from "@/domain/queue/waiting";
import { atOrOn } from "@/domain/when-words";

interface LaneWords {
  state: State;
  title: string;
  more: string;
}

export function laneWords(lane: QueueLane, counts: WaitingCounts, at: (when: Date) => string, now: Date): LaneWords {
  const n = counts.collected + counts.others;
  const mails = n === 0 ? "No mail waits" : `${boundedMailWords(n)} ${n === 1 ? "waits" : "wait"}`;
  const oldest = counts.oldestAt
    ? `, the oldest for ${spanWords((now.getTime() - counts.oldestAt.getTime()) / 1000)}`
    : "";
  switch (lane.state) {
    case "closed":
      if (n === 0) return nothingWaits(lane);
      // That nobody sends stands above it.
      if (!lane.attended) return { state: "needs", title: `${mails} for ${lane.host}${oldest}.`, more: "" };
      return { state: "flowing", title: `Mail is going to ${lane.host}.`, more: `${mails}${oldest}.` };
    case "open":
      return {
        state: "stopped",
        title: lane.reason ?? `Delivery to ${lane.host} has stopped.`,
        more: `Stopped since ${at(lane.since)}. ${mails}${oldest}${lane.nextTryAt ? `; the next try is ${atOrOn(at(lane.nextTryAt))}` : ""}.`,
      };
    case "half-open":
      return {
        state: "needs",
        title: `${lane.host} is being tried with one mail right now.`,
        more: `${mails}${oldest}. If it is taken, the others follow.`,
      };
    case "paused":
      return {
        state: "needs",
        title: lane.reason ?? "Delivery is paused.",
        more: `Paused since ${at(lane.since)}. ${mails}${oldest}. Mail is still collected.`,
      };
  }
}

const nothingWaits = ({ host, lastAcceptedAt }: QueueLane): LaneWords => ({
  state: lastAcceptedAt ? "flowing" : "idle",
  title: lastAcceptedAt
    ? `Nothing waits: ${host} has taken all mail.`
    : `Nothing waits, and nothing was sent to ${host} yet.`,
  more: "New mail goes out as it is collected.",
});
