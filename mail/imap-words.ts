// IMAP's ways of writing things: folder names, strings, sets of UIDs, dates (RFC 9051, RFC 3501 §5.1.3).

/** "Entwürfe" → "Entw&APw-rfe" (modified UTF-7). */
export const encodeFolder = (name: string): string =>
  name.replace(/&|[^\x20-\x7e]+/g, (part) => {
    if (part === "&") return "&-";
    return `&${Buffer.from(part, "utf16le").swap16().toString("base64").replace(/=+$/, "").replaceAll("/", ",")}-`;
  });

export const decodeFolder = (name: string): string =>
  name.replace(/&([A-Za-z0-9+,]*)-/g, (_, part: string) => {
    if (part === "") return "&";
    const bytes = Buffer.from(part.replaceAll(",", "/"), "base64");
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString("utf16le");
  });

/** A quoted string, or null when the text needs a literal. */
export const quoted = (text: string): string | null =>
  /^[\x20-\x7e]*$/.test(text) && text.length < 1000 ? `"${text.replace(/["\\]/g, "\\$&")}"` : null;

/** [1, 2, 3, 7] → "1:3,7". Ascending UIDs. */
export function setOf(uids: number[]): string {
  const ranges: string[] = [];
  for (let at = 0; at < uids.length; ) {
    let end = at;
    while (uids[end + 1] === (uids[end] ?? 0) + 1) end++;
    ranges.push(end > at ? `${uids[at]}:${uids[end]}` : `${uids[at]}`);
    at = end + 1;
  }
  return ranges.join(",");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** INTERNALDATE: "17-Jul-2026 02:44:25 -0700". */
export function internalDate(text: string): Date | null {
  const match = /^\s?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text);
  if (!match) return null;
  const [, day, month, year, hour, minute, second, sign, east, eastMinutes] = match;
  const at = months.findIndex((name) => name.toLowerCase() === month?.toLowerCase());
  if (at < 0) return null;
  const offset = (Number(east) * 60 + Number(eastMinutes)) * (sign === "-" ? -1 : 1);
  const utc = Date.UTC(Number(year), at, Number(day), Number(hour), Number(minute), Number(second)) - offset * 60_000;
  return Number.isNaN(utc) ? null : new Date(utc);
}
