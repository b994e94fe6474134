// What came of "Try all now", told by how the lane and those very mails stand since.
import type { TriedAll, TriedNow } from "@/domain/queue/tried";
import { atOrOn } from "@/domain/when-words";

export interface Outcome {
  state: "idle" | "flowing" | "needs" | "stopped";
  title: string;
  /** nothing more will come of it */
  over: boolean;
}

const mails = (n: number) => (n === 1 ? "1 mail" : `${n.toLocaleString("en")} mails`);
const of = (n: number, one: string, many: string) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
/** A try that failed sets the next one anew, by minutes; until then it stands at the moment of asking. */
const sameMs = 1000;

export function outcomeOf(asked: TriedAll, now: TriedNow, clock: (at: Date) => string): Outcome {
  const { host } = now;
  switch (now.state) {
    case "paused":
      return { state: "needs", title: `Delivery to ${host} was paused meanwhile.`, over: true };
    case "half-open":
      return {
        state: "idle",
        title: `${host} is being tried with one mail. If it takes it, the others follow.`,
        over: false,
      };
    case "open": {
      const next = now.nextTryAt;
      if (!next || next.getTime() <= asked.at.getTime() + sameMs)
        return { state: "idle", title: `${host} is tried as soon as a worker comes to it.`, over: false };
      const why = now.reason ? ` ${now.reason}` : "";
      return {
        state: "stopped",
        title: `${host} was tried after ${clock(asked.at)} and still takes no mail; the next try is ${atOrOn(clock(next))}.${why}`,
        over: true,
      };
    }
    case "closed":
      return closedOutcome(asked, now);
  }
}

function closedOutcome({ mails: due }: TriedAll, { host, accepted, stuck, waiting, putOff }: TriedNow): Outcome {
  const went = accepted + stuck;
  const parts = [
    accepted > 0 ? `${mails(accepted)} went out` : "",
    stuck > 0 ? `${of(stuck, "is", "are")} in BADMAIL or held` : "",
    putOff > 0 ? `${of(putOff, "was", "were")} put off by ${host} and ${putOff === 1 ? "is" : "are"} tried again` : "",
    waiting > putOff
      ? `${of(waiting - putOff, "still waits", "still wait")} for ${waiting - putOff === 1 ? "its" : "their"} turn`
      : "",
  ];
  const title = `${parts.filter(Boolean).join("; ")}.`;
  if (waiting === 0 && went === 0)
    return { state: "flowing", title: "None of these mails waits any more.", over: true };
  if (waiting === putOff) return { state: stuck + putOff > 0 ? "needs" : "flowing", title, over: true };
  if (went > 0) return { state: "flowing", title, over: false };
  return due === 0
    ? { state: "idle", title: "No mail waits for its time: what waits is being sent, or routed.", over: true }
    : {
        state: "idle",
        title: `${of(due, "mail is", "mails are")} due and tried in turn, the oldest first.`,
        over: false,
      };
}
