// Where counts of mail stop that a page shows: however much there is, it costs the same.

/** A count that comes to this means: so many, or more. */
export const bounded = 10_000;

export const countWords = (n: number): string =>
  n >= bounded ? `${bounded.toLocaleString("en")} or more` : n.toLocaleString("en");

export const mailWords = (n: number): string => (n === 1 ? "1 mail" : `${countWords(n)} mails`);
