// Days as people say them: "yesterday", "last Tuesday", "since Monday", "24.11.", "1 Nov to 3 Nov". Both ends are days that
// are included; `today` is the day in the zone that the reader's clock shows.
import { formatter } from "@/lib/formatter";

export interface Days {
  from?: string;
  until?: string;
  /** how many words said it */
  taken: number;
}

interface Span {
  first: string;
  last: string;
  taken: number;
}

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const months = "january february march april may june july august september october november december".split(" ");
const since = ["since", "from"];
const upTo = ["until", "till", "to"];
const between = ["to", "until", "till", "-", "–", ".."];

/** What the first of these words say of days; null when they don't begin with a day. */
export function daysIn(words: readonly string[], today: string): Days | null {
  const said = words.map((word) => word.toLowerCase().replace(/,$/, ""));
  const [word = ""] = said;
  const after = (loose: boolean) => range(said.slice(1), today, loose);
  if (since.includes(word)) return begins(after(true));
  if (word === "between") return whole(between2(said.slice(1), today), 1);
  if (word === "after") return begins(after(true), 1);
  if (upTo.includes(word) && word !== "to") return ends(span(said.slice(1), today, true));
  if (word === "before") return ends(span(said.slice(1), today, true), true);
  if (word === "on") return whole(span(said.slice(1), today, true), 1);
  const found = range(said, today, false);
  return found && { from: found.first, until: found.last, taken: found.taken };
}

const whole = (found: Span | null, more: number): Days | null =>
  found && { from: found.first, until: found.last, taken: found.taken + more };

/** "since Monday" has no end, "from Monday to Wednesday" has one. */
function begins(found: (Span & { both?: boolean }) | null, later = 0): Days | null {
  if (!found) return null;
  const from = later ? plus(found.last, later) : found.first;
  return { from, ...(found.both ? { until: found.last } : {}), taken: found.taken + 1 };
}

const ends = (found: Span | null, before = false): Days | null =>
  found && { until: before ? plus(found.first, -1) : found.last, taken: found.taken + 1 };

/** "X to Y", "24.11.-26.11.", or X alone. `loose`: a bare weekday counts, since a word before it says that days follow. */
function range(said: readonly string[], today: string, loose: boolean): (Span & { both?: boolean }) | null {
  const joined = /^(.+?)(?:\.\.|–|(?<=\d\.?)-(?=\d{1,2}\.\d))(.+)$/.exec(said[0] ?? "");
  if (joined) {
    const [first, last] = [span([joined[1] ?? ""], today, true), span([joined[2] ?? ""], today, true)];
    if (first && last) return { ...ordered(first, last), taken: 1, both: true };
  }
  const first = span(said, today, loose);
  if (!first || !between.includes(said[first.taken] ?? "")) return first;
  const last = span(said.slice(first.taken + 1), today, true);
  return last ? { ...ordered(first, last), taken: first.taken + 1 + last.taken, both: true } : first;
}

function between2(said: readonly string[], today: string): Span | null {
  const first = span(said, today, true);
  if (!first || said[first.taken] !== "and") return null;
  const last = span(said.slice(first.taken + 1), today, true);
  return last && { ...ordered(first, last), taken: first.taken + 1 + last.taken };
}

const ordered = (one: Span, other: Span) =>
  one.first <= other.first ? { first: one.first, last: other.last } : { first: other.first, last: one.last };

function span(said: readonly string[], today: string, loose: boolean): Span | null {
  const [word = "", next = "", third = ""] = said;
  const one = (day: string | null, taken = 1): Span | null => (day ? { first: day, last: day, taken } : null);
  if (word === "today") return one(today);
  if (word === "yesterday") return one(plus(today, -1));
  if (word === "last" || word === "past") return lastOf(next, third, today);
  if (word === "this") return thisOf(next, today);
  if (loose && weekday(word) >= 0) return one(recent(weekday(word), today));
  return one(numeric(word, today)) ?? named(word, next, third, today);
}

/** "last Tuesday" is before today; "last week" ends on Sunday; "last 3 days" end today. */
function lastOf(next: string, third: string, today: string): Span | null {
  if (weekday(next) >= 0) {
    const day = recent(weekday(next), plus(today, -1));
    return { first: day, last: day, taken: 2 };
  }
  if (next === "week") {
    const monday = plus(recent(0, today), -7);
    return { first: monday, last: plus(monday, 6), taken: 2 };
  }
  if (next === "month") {
    const last = plus(`${today.slice(0, 7)}-01`, -1);
    return { first: `${last.slice(0, 7)}-01`, last, taken: 2 };
  }
  const count = /^\d{1,3}$/.test(next) ? Number(next) : 0;
  const unit = /^(day|week)s?$/.exec(third)?.[1];
  if (count === 0 || !unit) return null;
  return { first: plus(today, 1 - count * (unit === "week" ? 7 : 1)), last: today, taken: 3 };
}

function thisOf(next: string, today: string): Span | null {
  const to = (first: string): Span => ({ first, last: today, taken: 2 });
  if (next === "week") return to(recent(0, today));
  if (next === "month") return to(`${today.slice(0, 7)}-01`);
  if (next === "year") return to(`${today.slice(0, 4)}-01-01`);
  if (weekday(next) < 0) return null;
  const day = recent(weekday(next), today);
  return { first: day, last: day, taken: 2 };
}

/** 2026-11-24, 24.11., 24.11.26, 24.11.2026. Without a year it is the last such day. */
function numeric(word: string, today: string): string | null {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(word);
  if (iso) return real(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{2}|\d{4})?$/.exec(word);
  return dotted ? dated(Number(dotted[1]), Number(dotted[2]), dotted[3], today) : null;
}

/** 24 Nov, 24 November 2026, Nov 24 */
function named(word: string, next: string, third: string, today: string): Span | null {
  const number = (text: string) => (/^\d{1,2}(?:\.|st|nd|rd|th)?$/.test(text) ? Number.parseInt(text, 10) : 0);
  const [day, month] = number(word) ? [number(word), monthOf(next)] : [number(next), monthOf(word)];
  if (!day || !month) return null;
  const year = /^\d{4}$/.test(third) ? third : undefined;
  const found = dated(day, month, year, today);
  return found ? { first: found, last: found, taken: year ? 3 : 2 } : null;
}

function dated(day: number, month: number, year: string | undefined, today: string): string | null {
  if (year) return real(Number(year.length === 2 ? `20${year}` : year), month, day);
  const thisYear = Number(today.slice(0, 4));
  const found = real(thisYear, month, day);
  return found !== null && found <= today ? found : real(thisYear - 1, month, day);
}

function real(year: number, month: number, day: number): string | null {
  if (year < 1900 || year > 9998) return null;
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at.toISOString().slice(0, 10) : null;
}

const short = (names: readonly string[], word: string) =>
  names.findIndex((name) => word.length >= 3 && (name === word || name.slice(0, 3) === word.replace(/\.$/, "")));
const weekday = (word: string) => short(weekdays, word);
const monthOf = (word: string) => short(months, word) + 1;

/** The last day with this number (Monday is 0), today included. */
function recent(number: number, today: string): string {
  const own = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7;
  return plus(today, -((own - number + 7) % 7));
}

export function plus(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** The day that clocks in this zone show. */
export const dayIn = (zone: string, now: Date): string =>
  formatter("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);
