// Where counts of mail stop that a page shows: however much there is, it costs the same.
import { mailWords } from "@/domain/mail-words";

/** A count that comes to this means: so many, or more. */
export const bounded = 10_000;

export const countWords = (n: number): string =>
  n >= bounded ? `${bounded.toLocaleString("en")} or more` : n.toLocaleString("en");

/** "1 mail", "1,234 mails", "10,000 or more mails" */
export const boundedMailWords = (n: number): string => (n >= bounded ? `${countWords(n)} mails` : mailWords(n));
