// What came of "Try all now", told by how the lane and those very mails stand since.
import type { Answer } from "@/app/_server/answer";
import { bounded } from "@/domain/queue/bounded";
import type { TriedAll, TriedNow } from "@/domain/queue/tried";
import { atOrOn } from "@/domain/when-words";

export interface Outcome {
  state: "idle" | "flowing" | "needs" | "stopped";
  title: string;
  /** nothing more will come of it */
  over: boolean;
}

/** `orMore`: counting ended before all were counted */
const of = (n: number, one: string, many: string, orMore = false) =>
  orMore ? `${n.toLocaleString("en")} or more ${many}` : `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
/** A try that failed sets the next one anew, by minutes; until then it stands at the moment of asking. */
const sameMs = 1000;

/** `later`: the portal did not answer. `gone`: there is no server any more. What is refused once is refused again. */
export function outcomeOfAnswer(
  asked: TriedAll,
  answer: Answer<TriedNow | null> | null,
  clock: (at: Date) => string,
): Outcome | "later" | "gone" {
  if (!answer) return "later";
  if (!answer.ok) return { state: "needs", title: answer.message, over: true };
  return answer.data ? outcomeOf(asked, answer.data, clock) : "gone";
}

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
        title: `${host} was tried again, as asked at ${clock(asked.at)}, and still takes no mail; the next try is ${atOrOn(clock(next))}.${why}`,
        over: true,
      };
    }
    case "closed":
      return closedOutcome(asked, now);
  }
}

function closedOutcome({ mails: due }: TriedAll, { host, accepted, stuck, waiting, putOff }: TriedNow): Outcome {
  if (due === 0)
    return {
      state: "idle",
      title: "No mail waits for its time: what waits is being sent, or routed.",
      over: true,
    };
  const went = accepted + stuck;
  const [mostWent, mostWait] = [went >= bounded, waiting >= bounded];
  const parts = [
    accepted > 0 ? `${of(accepted, "mail", "mails", mostWent)} went out` : "",
    stuck > 0 ? `${of(stuck, "is", "are", mostWent)} in BADMAIL or held` : "",
    putOff > 0
      ? `${of(putOff, "was", "were", mostWait)} put off by ${host} and ${putOff === 1 && !mostWait ? "is" : "are"} tried again`
      : "",
    waiting > putOff ? turnWords(waiting - putOff, mostWait) : "",
  ];
  const title = `${parts.filter(Boolean).join("; ")}.`;
  if (waiting === 0 && went === 0)
    return { state: "flowing", title: "None of these mails waits any more.", over: true };
  // Of more than are counted, nobody knows that all were put off.
  if (waiting === putOff) return { state: stuck + putOff > 0 ? "needs" : "flowing", title, over: !mostWait };
  if (went > 0) return { state: "flowing", title, over: false };
  return {
    state: "idle",
    title: `${of(due, "mail is", "mails are")} due and tried in turn, the oldest first.`,
    over: false,
  };
}

const turnWords = (n: number, orMore: boolean) =>
  `${of(n, "still waits", "still wait", orMore)} for ${n === 1 && !orMore ? "its" : "their"} turn`;
