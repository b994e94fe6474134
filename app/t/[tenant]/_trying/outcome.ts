// What came of "Try all now", told by how the lane stands since.
import { atOrOn } from "@/domain/when-words";

export interface LaneNow {
  host: string;
  state: "closed" | "open" | "half-open" | "paused";
  reason: string | null;
  nextTryAt: Date | null;
  waiting: number;
}

/** These fields and no others travel to the browser. */
export const laneNow = ({ host, state, reason, nextTryAt }: Omit<LaneNow, "waiting">, waiting: number): LaneNow => ({
  host,
  state,
  reason,
  nextTryAt,
  waiting,
});

export interface Asked {
  at: Date;
  /** mails that were made due */
  mails: number;
  /** the lane's next try as it stood before */
  nextTryBefore: Date | null;
}

export interface Outcome {
  state: "idle" | "flowing" | "needs" | "stopped";
  title: string;
  /** nothing more will come of it */
  over: boolean;
}

const mails = (n: number) => (n === 1 ? "1 mail" : `${n.toLocaleString("en")} mails`);

export function outcomeOf(asked: Asked, lane: LaneNow, now: Date, clock: (at: Date) => string): Outcome {
  const { host, waiting } = lane;
  switch (lane.state) {
    case "paused":
      return { state: "needs", title: `Delivery to ${host} was paused meanwhile.`, over: true };
    case "half-open":
      return {
        state: "idle",
        title: `${host} is being tried with one mail. If it takes it, the others follow.`,
        over: false,
      };
    case "open": {
      const next = lane.nextTryAt?.getTime() ?? 0;
      // A try that failed sets the next one anew; until then it stands at the moment of asking, or, on a page that was not
      // drawn since, as before. The database's clock may go before ours by a little.
      const tried = next > now.getTime() + 2000 && next !== asked.nextTryBefore?.getTime();
      if (!tried) return { state: "idle", title: `${host} is tried as soon as a worker comes to it.`, over: false };
      const why = lane.reason ? ` ${lane.reason}` : "";
      return {
        state: "stopped",
        title: `${host} was tried after ${clock(asked.at)} and still takes no mail; the next try is ${atOrOn(clock(new Date(next)))}.${why}`,
        over: true,
      };
    }
    case "closed":
      if (waiting === 0)
        return { state: "flowing", title: `${host} was tried, and no mail waits any more.`, over: true };
      if (waiting < asked.mails)
        return {
          state: "flowing",
          title: `${mails(asked.mails - waiting)} of ${asked.mails.toLocaleString("en")} went out so far; ${waiting === 1 ? "1 still waits" : `${waiting.toLocaleString("en")} still wait`}.`,
          over: false,
        };
      return {
        state: "idle",
        title: `${asked.mails === 1 ? "1 mail is" : `${mails(asked.mails)} are`} due and tried in turn, the oldest first.`,
        over: false,
      };
  }
}
