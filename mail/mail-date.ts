// Dates of mails (RFC 5322 §3.3 and the obsolete forms of §4.3), and comments, which may stand in them.

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const zones: Record<string, number> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};
const form =
  /(\d{1,2})\s+([a-z]{3})[a-z]*\.?\s+(\d{4}|\d{2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d{1,9})?\s*([+-]\d{4}|[a-z]{1,5})?/i;

/** "Tue, 24 Nov 2026 02:14:00 +0100 (CET)" → that instant; null when it can't be read. */
export function mailDate(text: string): Date | null {
  const match = form.exec(stripComments(text.slice(0, 1000)).replace(/\s+/g, " "));
  if (!match) return null;
  const [, day, month, year, hour, minute, second, zone] = match;
  const monthAt = months.indexOf((month ?? "").toLowerCase());
  const time = [Number(day), Number(hour), Number(minute), Number(second ?? 0)] as const;
  if (monthAt < 0 || time[0] < 1 || time[0] > 31 || time[1] > 23 || time[2] > 59 || time[3] > 60) return null;
  const utc = Date.UTC(fullYear(year ?? ""), monthAt, ...time) - minutesEast(zone ?? "") * 60_000;
  return Number.isNaN(utc) ? null : new Date(utc);
}

/** RFC 5322 §4.3: two digits below 50 are of this century. */
const fullYear = (text: string): number => {
  const year = Number(text);
  return text.length > 2 ? year : year < 50 ? 2000 + year : 1900 + year;
};

function minutesEast(zone: string): number {
  if (!/^[+-]/.test(zone)) return zones[zone.toUpperCase()] ?? 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5));
  return zone.startsWith("-") ? -minutes : minutes;
}

/** Without (comments), which nest; quoted strings keep their parentheses. An open comment takes the rest. */
export function stripComments(text: string): string {
  if (!text.includes("(")) return text;
  let out = "";
  let depth = 0;
  let inQuotes = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\\" && (depth > 0 || inQuotes)) {
      if (depth === 0) out += text.slice(at, at + 2);
      at++;
    } else if (c === '"' && depth === 0) {
      inQuotes = !inQuotes;
      out += c;
    } else if (c === "(" && !inQuotes) depth++;
    else if (c === ")" && depth > 0) {
      depth--;
      if (depth === 0) out += " ";
    } else if (depth === 0) out += c;
  }
  return out;
}
