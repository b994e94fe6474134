// What is in stopped mailboxes, in numbers: as the page says it, and as the question before starting them.
import { mailWords } from "@/domain/mail-words";
import { canStart, type StoppedMailbox } from "@/domain/mailbox/stopped";
import { sizeWords } from "@/domain/size-words";

const boxes = (n: number) => (n === 1 ? "1 mailbox" : `${n.toLocaleString("en")} mailboxes`);

const looked = (rows: StoppedMailbox[]) =>
  rows.flatMap(({ look }) => (look && !look.going && !look.fault && !look.unknown ? [look] : []));

/** How far the round of looks is; null when none is under way. */
export function progressOf(rows: StoppedMailbox[]): { done: number; of: number } | null {
  const first = rows.find(({ look }) => look?.going)?.look;
  if (!first) return null;
  const round = rows.filter(({ look }) => look?.asked.getTime() === first.asked.getTime());
  return { done: round.filter(({ look }) => !look?.going).length, of: round.length };
}

function sumOf(rows: StoppedMailbox[]) {
  const found = looked(rows);
  const sum = (of: "count" | "bytes") => found.reduce((all, look) => all + look[of], 0);
  const atLeast = found.some((look) => look.atLeast) ? "at least " : "";
  return { of: found.length, words: `${atLeast}${mailWords(sum("count"))} (${sizeWords(sum("bytes"))})` };
}

export function foundWords(rows: StoppedMailbox[]): string {
  const { of, words } = sumOf(rows);
  const lacking = rows.filter(({ hasPassword }) => !hasPassword).length;
  const unknown = rows.filter(({ look }) => look?.unknown).length;
  const parts = [
    `${boxes(rows.length)} stopped.`,
    of > 0 ? `In ${of === rows.length ? (of === 1 ? "it" : "them") : `${of} of them`}: ${words}.` : "",
    lacking > 0 ? `${lacking === 1 ? "1 lacks its" : `${lacking} lack their`} password.` : "",
    unknown > 0 ? `${unknown} gave no answer in time: look into ${unknown === 1 ? "it" : "them"} again.` : "",
  ];
  return parts.filter(Boolean).join(" ");
}

export interface Question {
  count: number;
  title: string;
  sentences: string[];
}

/** What starting all of them will do, and which stay as they are. */
export function startQuestion(rows: StoppedMailbox[]): Question {
  const start = rows.filter(canStart);
  const { of, words } = sumOf(start);
  const unseen = start.length - of;
  const since = start.filter((row) => row.start !== "all").length;
  const deleting = start.filter((row) => row.after !== "keep").length;
  const lacking = rows.filter(({ hasPassword }) => !hasPassword).length;
  const failed = rows.length - start.length - lacking;
  const all = start.length === 1;
  return {
    count: start.length,
    title: `Start ${boxes(start.length)}?`,
    sentences: [
      of > 0
        ? `${words[0]?.toUpperCase()}${words.slice(1)} ${of === 1 ? "are in it" : `are in ${of} of them`} now, and will be collected and delivered to Exchange.`
        : "",
      since > 0
        ? `${boxes(since)} ${since === 1 ? "begins" : "begin"} later than its oldest mail may be: what is older is left out.`
        : "",
      deleting > 0
        ? `In ${all ? "it" : `${deleting} of them`} mail is deleted at the provider once it is stored here.`
        : "",
      unseen > 0
        ? `${boxes(unseen)} ${unseen === 1 ? "was" : "were"} not looked into: how much is there is not known.`
        : "",
      failed > 0 ? `${boxes(failed)} could not be signed in to and ${failed === 1 ? "stays" : "stay"} stopped.` : "",
      lacking > 0 ? `${boxes(lacking)} without a password ${lacking === 1 ? "stays" : "stay"} stopped.` : "",
    ].filter(Boolean),
  };
}
