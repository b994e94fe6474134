// What a stranger wrote, as a text that a row can hold.

/** One line that Postgres takes: no NUL, no half surrogate, bounded. */
export const plain = (text: string, bound: number): string =>
  text
    .slice(0, bound)
    .replace(/[\p{Cc}\p{Cs}]+/gu, " ")
    .trim();
