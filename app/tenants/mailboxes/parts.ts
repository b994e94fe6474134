// Many mailboxes in parts: each request answers soon, and the page shows how far it is.
import type { Answer } from "@/app/_server/answer";
import type { Told } from "@/app/_server/many";
import type { Seen } from "@/domain/mailbox/many-schema";
import { perPart } from "@/domain/mailbox/per-part";

export interface Progress {
  total: number;
  done: Seen[];
  failed: Told<Seen>["failed"];
  /** after a fault: those of which nobody knows that they were done */
  left: Seen[];
  running: boolean;
  /** why it ended before its end */
  fault: string;
  /** which entry of a log is missing; what was done is done, and it goes on */
  unnoted: string;
}

type Part = Answer<Told<Seen> & { unnoted?: string }>;

const noAnswer = "The portal did not answer. What is done is done; the rest stayed as it was.";

/** Reports after each part, also what was done before a fault. The answer: why nothing was begun, by field; else null. */
export async function inParts(
  write: (items: Seen[]) => Promise<Part>,
  items: readonly Seen[],
  report: (progress: Progress) => void,
): Promise<(Part & { ok: false }) | null> {
  const none = { done: [], failed: [], left: [], fault: "", unnoted: "" };
  let progress: Progress = { ...none, total: items.length, running: true };
  for (let n = 0; n < items.length; n += perPart) {
    const part = items.slice(n, n + perPart);
    const answer = await write(part).catch(() => null);
    if (answer && !answer.ok && n === 0) return answer;
    const { done, failed, left, fault, unnoted } = answer?.ok
      ? answer.data
      : { ...none, left: part, fault: answer?.message ?? noAnswer };
    const rest = [...left, ...items.slice(n + perPart)];
    const running = fault === "" && rest.length > 0;
    progress = {
      ...progress,
      done: [...progress.done, ...done],
      failed: [...progress.failed, ...failed],
      left: fault === "" ? [] : rest,
      running,
      fault,
      unnoted: progress.unnoted || (unnoted ?? ""),
    };
    report(progress);
    if (!running) return null;
  }
  return null;
}
