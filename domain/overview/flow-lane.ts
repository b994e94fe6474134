// What is wrong with the way to Exchange: stopped, being tried, paused by whom, another certificate.
import { atOrOn } from "@/domain/when-words";
import type { LaneFacts } from "./facts";
import type { Said, Say } from "./flow";

/** Null: it works. */
export function laneTrouble(lane: LaneFacts, waiting: number, say: Say): Said | null {
  const many =
    waiting === 1 ? "1 mail waits" : waiting > 0 ? `${waiting.toLocaleString("en")} mails wait` : "No mail waits";
  switch (lane.state) {
    case "closed":
      return null;
    case "paused":
      return {
        state: "needs",
        title: `Delivery to ${lane.host} is paused.`,
        detail: `${ended(lane.reason ?? "A person paused it.")} Since ${say.clock(lane.since)}; ${many.toLowerCase()}.`,
        remedy: { do: "resume" },
      };
    case "half-open":
      return {
        state: "needs",
        title: `${lane.host} is being tried right now.`,
        detail: `It took no mail since ${say.clock(lane.since)}. ${lane.reason ?? ""} ${many}.`.replaceAll("  ", " "),
        remedy: null,
      };
    case "open":
      return {
        state: "stopped",
        title: lane.reason ?? `${lane.host} takes no mail.`,
        detail: `Stopped since ${say.clock(lane.since)}. ${many}${lane.nextTryAt ? `; the next try is ${atOrOn(say.clock(lane.nextTryAt))}` : ""}.`,
        remedy: lane.certificateChanged
          ? { do: "open", page: "exchange", label: "Look at both certificates" }
          : { do: "try-all" },
      };
  }
}

/** What a person typed as the reason may lack its full stop. */
const ended = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);
