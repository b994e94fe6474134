// A decision about many mails, part by part: each request answers soon, and the page shows how far it is.
import type { Answer } from "@/app/_server/answer";
import type { Part } from "@/domain/message/decide-schema";

export interface Decided {
  done: string[];
  failed: { id: string; message: string }[];
  left: number;
  next: number | null;
}
/** Mails by id, or all that something else says, which is what `Whole` is. */
export type Ask<Whole> = (given: { target: { ids: string[] } | Whole; part?: Part }) => Promise<Answer<Decided>>;

export interface Progress {
  total: number;
  done: number;
  /** of those that are done: for the way back */
  ids: string[];
  failed: { id: string; message: string }[];
  running: boolean;
  /** why it ended before its end */
  fault: string;
}

/** Of these mails, those that it ended before: each can be asked for again. */
export const notReached = (ids: readonly string[], { ids: done, failed, running, fault }: Progress): string[] =>
  running || !fault ? [] : ids.filter((id) => !done.includes(id) && !failed.some((one) => one.id === id));

export const perPart = 25;
const noAnswer = "The portal did not answer. What is done is done; the rest stayed as it was. Try again.";

/** Reports after each part; ends at `total`, which is what was confirmed. The answer is the first part's refusal, when nothing was begun; else null. */
export async function runParts<Whole extends object>(
  ask: Ask<Whole>,
  { target, total, until }: { target: { ids: string[] } | Whole; total: number; until: number },
  report: (progress: Progress) => void,
): Promise<Answer<Decided> | null> {
  const progress: Progress = { total, done: 0, ids: [], failed: [], running: true, fault: "" };
  const ids = "ids" in target ? target.ids : null;
  if (total === 0) {
    report({ ...progress, running: false });
    return null;
  }
  let after: number | null = 0;
  for (let n = 0; after !== null; n += 1) {
    const given: Parameters<typeof ask>[0] = ids
      ? { target: { ids: ids.slice(n * perPart, (n + 1) * perPart) } }
      : { target, part: { after, until, limit: Math.min(perPart, total - progress.done - progress.failed.length) } };
    const answer: Answer<Decided> = await ask(given).catch(() => ({ ok: false, message: noAnswer }));
    if (!answer.ok && n === 0) return answer;
    if (!answer.ok) {
      report({ ...progress, running: false, fault: answer.message });
      return null;
    }
    progress.done += answer.data.done.length;
    progress.ids = [...progress.ids, ...answer.data.done];
    progress.failed = [...progress.failed, ...answer.data.failed];
    const gone = progress.done + progress.failed.length;
    after = ids ? ((n + 1) * perPart < ids.length ? 0 : null) : gone < total ? answer.data.next : null;
    report({ ...progress, running: after !== null });
  }
  return null;
}
