// What a search asks the database for: the words as regular expressions that decide and as stems that the index knows, the
// days as instants. The functions of migration 0253 take it as it is made here.
import { startInstant } from "@/domain/mailbox/start";
import type { Sql } from "@/domain/scope";
import { type Place, places } from "./place";
import { plus } from "./search-days";
import type { SearchField, SearchWord } from "./search-words";

export const listStates = [...places, "uncertain", "duplicate"] as const;
export type ListState = (typeof listStates)[number];

export interface MailFilter {
  state?: ListState | undefined;
  /** a cause of held or BADMAIL mail */
  reason?: string | undefined;
  words?: readonly SearchWord[] | undefined;
  /** days in the given zone, both included, as 2026-11-24 */
  from?: string | undefined;
  until?: string | undefined;
  /** notices, tests and copies too */
  all?: boolean | undefined;
  /** older than this row: what a page before gave as `older` */
  before?: string | undefined;
}

interface AskedWord {
  field: SearchField;
  not: boolean;
  pattern: string;
  stems: string[];
  ids: string[];
}

export interface SearchAsk {
  words: AskedWord[];
  place: Place | null;
  uncertain: boolean;
  twice: boolean;
  reason: string | null;
  from: Date | null;
  until: Date | null;
  all: boolean;
  beforeAt: Date | null;
  beforeSeq: number | null;
  limit: number;
  /** milliseconds after which it ends with what it has, once a whole month was looked through */
  ms: number;
}

/** Who types goes on typing; who asks for what is older waits for it. */
const patience = { first: 130, older: 1500 };

export function searchAsk(filter: MailFilter, zone: string, limit: number): SearchAsk {
  const before = cursorIn(filter.before);
  return {
    words: (filter.words ?? []).flatMap(askedWord),
    place: places.find((place) => place === filter.state) ?? null,
    uncertain: filter.state === "uncertain",
    twice: filter.state === "duplicate",
    reason: filter.reason?.replaceAll("\0", "") || null,
    // A day begins and ends in its zone, also where a clock change makes it 23 or 25 hours long.
    from: realDay(filter.from) ? startInstant(filter.from, zone) : null,
    until: realDay(filter.until) ? startInstant(plus(filter.until, 1), zone) : null,
    all: filter.all ?? false,
    beforeAt: before?.at ?? null,
    beforeSeq: before?.seq ?? null,
    limit,
    ms: patience[before ? "older" : "first"],
  };
}

/** The key of the page behind this row. */
export const cursorOf = (row: { collectedAt: Date; seq: number }): string => `${row.collectedAt.getTime()}-${row.seq}`;

/** Null where it is none: then a list begins with the newest. */
export function cursorIn(text: string | undefined): { at: Date; seq: number } | null {
  const [, ms, seq] = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? "") ?? [];
  const at = ms === undefined ? null : instant(Number(ms));
  return at && { at, seq: Number(seq) };
}

/** The moment from which on a search looked at everything, where it ended for the time it took. In its transaction. */
export async function searchedBackTo(sql: Sql): Promise<Date | null> {
  const [row] = await sql.query<{ at: Date | null }>(
    "select nullif(current_setting('mailferry.searched_back_to', true), '')::timestamptz as at",
  );
  return row?.at ?? null;
}

/** A page of rows, of which one more was asked for to know whether there are older ones. */
export function pageOf<Row extends { collectedAt: Date; seq: number }>(
  rows: Row[],
  limit: number,
  backTo: Date | null,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last;
  const older = more ? cursorOf(last) : backTo ? cursorOf({ collectedAt: backTo, seq: 0 }) : null;
  return { rows: shown, older, backTo: more ? null : backTo };
}

/** Of recipients, those that were asked for stand first: as patterns for ILIKE. */
export const askedPeople = (words: readonly SearchWord[] = []): string[] =>
  words
    .filter((word) => !word.not && (word.field === "any" || word.field === "to"))
    .map(({ text }) => `%${text.replace(/[\\%_]/g, "\\$&")}%`);

/** In the years that both JavaScript and Postgres write with four digits, in every zone. */
export const realDay = (text: string | undefined): text is string =>
  text !== undefined &&
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  text >= "1900" &&
  text < "9999" &&
  !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

function instant(ms: number): Date | null {
  const at = new Date(ms);
  return at.getUTCFullYear() < 9999 ? at : null;
}

// ASCII punctuation and white space end a word, as in search_suffixes of migration 0180: no locale is asked.
const gap = "\\s!-/:-@\\[-`{-~";
const leading = new RegExp(`^[${gap}]+`);

function askedWord({ field, text, not }: SearchWord): AskedWord[] {
  const bare = text.replace(/^<(.*)>$/, "$1");
  const ids = field === "id" || (field === "any" && text.includes("@")) ? [bare, `<${bare}>`] : [];
  const stems = bare
    .split(/\s+/)
    .map((piece) => piece.replace(leading, ""))
    .filter(Boolean);
  if (stems.length === 0 && ids.length === 0) return [];
  const literal = bare.replace(leading, "").replace(/[!-/:-@[-`{-~]/g, "\\$&");
  return [{ field, not, ids, stems, pattern: `(^|[${gap}])${literal.replace(/\s+/g, "\\s+")}` }];
}
