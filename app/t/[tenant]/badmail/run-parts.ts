// A decision about many mails, part by part: each request answers soon, and the page shows how far it is.
import type { Answer } from "@/app/_server/answer";
import type { Choice, Part, Target } from "@/domain/message/decide-schema";

export interface Decided {
  done: string[];
  failed: { id: string; message: string }[];
  left: number;
  next: number | null;
}
export type Ask = (given: { target: Target; choice: Choice; part?: Part }) => Promise<Answer<Decided>>;

export interface Progress {
  total: number;
  done: number;
  failed: { id: string; message: string }[];
  running: boolean;
  /** why it ended before its end */
  fault: string;
}

export const perPart = 25;
const noAnswer = "The portal did not answer. What is done is done; the rest stayed as it was. Try again.";

/** Reports after each part. The answer is the first part's refusal, when nothing was begun; else null. */
export async function runParts(
  ask: Ask,
  { target, choice, total, until }: { target: Target; choice: Choice; total: number; until: number },
  report: (progress: Progress) => void,
): Promise<Answer<Decided> | null> {
  const progress: Progress = { total, done: 0, failed: [], running: true, fault: "" };
  let after: number | null = 0;
  for (let n = 0; after !== null; n += 1) {
    const given = "ids" in target ? { target: { ids: target.ids.slice(n * perPart, (n + 1) * perPart) } } : { target };
    const answer: Answer<Decided> = await ask({
      ...given,
      choice,
      ...("ids" in target ? {} : { part: { after, until, limit: perPart } }),
    }).catch(() => ({ ok: false, message: noAnswer }));
    if (!answer.ok && n === 0) return answer;
    if (!answer.ok) {
      report({ ...progress, running: false, fault: answer.message });
      return null;
    }
    progress.done += answer.data.done.length;
    progress.failed = [...progress.failed, ...answer.data.failed];
    after = "ids" in target ? ((n + 1) * perPart < target.ids.length ? 0 : null) : answer.data.next;
    report({ ...progress, running: after !== null });
  }
  return null;
}
