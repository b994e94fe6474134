// A server's last words in the width of a column: what tells something is seen, and all of them are in the title.
import type { MailRow } from "@/domain/message/search";

type Said = Pick<MailRow, "lastCode" | "lastWords">;

/** As the server said it; empty where none did. */
export const lastWordsOf = ({ lastCode, lastWords }: Said): string =>
  lastWords ? `${lastCode ?? ""} ${lastWords}`.trim() : "";

/**
 * Without what is different in each row and tells nothing: "250 2.6.0 <954784fc@ex01> [InternalId=7, Hostname=EX01] 1234
 * bytes in 0.101, 11.9 KB/sec Queued mail for delivery" becomes "250 2.6.0 Queued mail for delivery".
 */
export function shortWordsOf(row: Said): string {
  const full = lastWordsOf(row);
  const short = full
    .replace(/<[^<>]*>|\[[^[\]]*\]/g, " ")
    .replace(/\b\d+ bytes in [\d.,]+(?: sec\w*)?, [\d.,]+ \w?B\/sec\b/i, " ")
    .replace(/\s+/g, " ")
    .replace(/ (?=[:;,.)])/g, "")
    .replace(/^([\d. ]+?)[:;,.]* (?=\D)/, "$1 ")
    .trim();
  // Where nothing but numbers is left, the words were inside the brackets.
  return /\p{L}/u.test(short) ? short : full;
}
