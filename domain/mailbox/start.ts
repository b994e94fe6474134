// `start`: which mails a mailbox begins with. Judged by when the provider received a mail, not by what its sender wrote.

import { formatter } from "@/lib/formatter";
import { date, type Headers, receivedDate } from "@/mail/headers";

/** The instant that `start` stands for, or null for `all`. A day begins at midnight in the tenant's time zone. */
export function startInstant(start: string, timeZone: string): Date | null {
  if (start === "all") return null;
  if (/^\d{4}-\d{2}-\d{2}$/.test(start)) return midnight(start, timeZone);
  const instant = new Date(start);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

/** INTERNALDATE; POP3: topmost Received, else Date, else null: then the mail is collected. */
export const receivedWhen = (internalDate: Date | null, headers: Headers): Date | null =>
  receivedByProvider(internalDate, headers) ?? date(headers);

/** By the provider's own clock, never by its sender's. */
export function receivedByProvider(internalDate: Date | null, headers: Headers): Date | null {
  if (internalDate) return internalDate;
  const [topmost] = headers.all("Received");
  return topmost === undefined ? null : receivedDate(topmost);
}

function midnight(day: string, timeZone: string): Date {
  const utc = Date.parse(`${day}T00:00:00Z`);
  // Twice: the first guess can fall on the other side of a change to or from summer time.
  const first = utc - offset(utc, timeZone);
  return new Date(utc - offset(first, timeZone));
}

/** How far the zone's clocks are ahead of UTC at this instant, in ms. */
function offset(instant: number, timeZone: string): number {
  const parts = formatter("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(instant);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "0";
  const local = `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}Z`;
  return Date.parse(local) - Math.floor(instant / 1000) * 1000;
}
