// Many mailboxes in parts: each request answers soon, and the page shows how far it is.
import type { Answer } from "@/app/_server/answer";
import { perPart, type Seen } from "@/domain/mailbox/many-schema";
import type { Written } from "./each";

export interface Progress {
  total: number;
  done: Seen[];
  failed: Written["failed"];
  running: boolean;
  /** why it ended before its end */
  fault: string;
}

const noAnswer = "The portal did not answer. What is done is done; the rest stayed as it was.";

/** Reports after each part. The answer: why nothing was begun, by field; else null. */
export async function inParts(
  write: (items: Seen[]) => Promise<Answer<Written>>,
  items: readonly Seen[],
  report: (progress: Progress) => void,
): Promise<(Answer<Written> & { ok: false }) | null> {
  const progress: Progress = { total: items.length, done: [], failed: [], running: true, fault: "" };
  for (let n = 0; n < items.length; n += perPart) {
    const answer = await write(items.slice(n, n + perPart)).catch(() => ({ ok: false, message: noAnswer }) as const);
    if (!answer.ok) {
      if (n === 0) return answer;
      report({ ...progress, running: false, fault: answer.message });
      return null;
    }
    progress.done = [...progress.done, ...answer.data.done];
    progress.failed = [...progress.failed, ...answer.data.failed];
    report({ ...progress, running: n + perPart < items.length });
  }
  return null;
}
