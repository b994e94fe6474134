// What the address of a trace asks for. The one box says most of it; chips of states, days and a cause stand beside it.
import { orTooLong } from "@/domain/message/in-time";
import { plain } from "@/domain/message/plain";
import { type ListState, listStates, type MailFilter } from "@/domain/message/search";
import { cursorIn, realDay } from "@/domain/message/search-ask";
import { type Mark, understand } from "@/domain/message/understand";

export type Params = Record<string, string | string[] | undefined>;
type Change = Partial<
  Record<"text" | "state" | "from" | "until" | "reason" | "all" | "before" | "none", string | undefined>
>;

export interface Asked {
  typed: string;
  filter: MailFilter;
  marks: Mark[];
  state: ListState | undefined;
  reason: string | undefined;
  all: boolean;
  /** words or days: a mail is looked for, not a list */
  looksFor: boolean;
  /** asks for anything at all */
  filtered: boolean;
  /** newer mail was searched, in a part that ended early, or shown on a page before this one, and some of it fits */
  newerFits: boolean;
  /** what stands in the address beside the text */
  kept: Record<string, string>;
  /** the same with a change, from its first page */
  to: (change: Change) => string;
  /** one state instead of any that was chosen or typed */
  toState: (state: ListState | undefined) => string;
}

export function askedOf(params: Params, here: string, zone: string, now: Date): Asked {
  const get = (key: string) => (typeof params[key] === "string" ? plain(params[key], 300) : "") || undefined;
  const day = (key: string) => (realDay(get(key)) ? get(key) : undefined);
  const typed = get("text") ?? "";
  const understood = understand(typed, now, zone);
  const chosen = listStates.find((one) => one === get("state"));
  const inText = understood.from || understood.until;
  const days = inText ? understood : { from: day("from"), until: day("until") };
  const state = understood.state ?? chosen;
  const reason = get("reason");
  const all = get("all") === "on";
  const before = cursorIn(get("before")) ? get("before") : undefined;
  const own = {
    state: chosen,
    from: day("from"),
    until: day("until"),
    reason,
    all: all ? "on" : undefined,
    zone: get("zone"),
  };
  const kept = Object.fromEntries(Object.entries(own).filter((entry): entry is [string, string] => Boolean(entry[1])));
  const to = (change: Change) => addressOf(here, { text: typed || undefined, ...kept, ...change });
  const { from, until } = days;
  const beside: Mark[] =
    !inText && (from || until) ? [{ kind: "days", from, until, without: typed, asWords: null }] : [];
  const looksFor = understood.words.length > 0 || Boolean(from || until);
  return {
    typed,
    filter: { words: understood.words, from, until, state, reason, all, before },
    marks: [...understood.marks, ...beside],
    state,
    reason,
    all,
    looksFor,
    filtered: looksFor || Boolean(state || reason),
    newerFits: before !== undefined && get("none") !== "on",
    kept,
    to,
    toState: (one) => {
      const said = understood.marks.find(({ kind }) => kind === "state");
      return to({ text: (said ? said.without : typed) || undefined, state: one });
    },
  };
}

/** An earlier part of the search found none; mail may have come since, and then newer mail fits after all. */
export async function seenSince(
  asked: Asked,
  search: (filter: MailFilter) => Promise<{ rows: unknown[] }>,
): Promise<Asked> {
  if (!asked.filter.before || asked.newerFits) return asked;
  const found = await orTooLong(search({ ...asked.filter, before: undefined }));
  return { ...asked, newerFits: found === null || found.rows.length > 0 };
}

export const nothingFits = ({ newerFits }: Asked): string => (newerFits ? "No older mail fits" : "Nothing fits");

function addressOf(here: string, values: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  return query.size > 0 ? `${here}?${query}` : here;
}
