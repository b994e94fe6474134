// Which header the provider marks spam with, as the newest mails show it.
import type { SpamMark } from "./facts";

/** In order of liking: what says yes or no in one word, and nothing else. */
const marks: readonly { header: string; word: string; marked: RegExp }[] = [
  { header: "X-Spam-Flag", word: "YES", marked: /^yes\b/i },
  { header: "X-Spam", word: "Yes", marked: /^yes\b/i },
  { header: "X-Spam-Status", word: "Yes", marked: /^yes\b/i },
];

/** Null: none of the mails has such a header. */
export function spamMarkIn(mails: readonly { first(header: string): string | null }[]): SpamMark | null {
  const found = marks.map(({ header, word, marked }) => {
    const values = mails.flatMap((mail) => mail.first(header) ?? []);
    return { header, word, mails: values.length, marked: values.filter((value) => marked.test(value.trim())).length };
  });
  return found.find((mark) => mark.marked > 0) ?? found.find((mark) => mark.mails > 0) ?? null;
}
