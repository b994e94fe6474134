// What was typed into the one box, understood: words, days and states, each with the text that would be left without it, so
// that a page can show how it was understood and take a part back.
import { type ListState, listStates } from "./search-ask";
import { dayIn, daysIn } from "./search-days";
import { clean, type Piece, piecesOf, type SearchWord, wordOf } from "./search-words";

export interface Mark {
  kind: "word" | "address" | "domain" | "id" | "state" | "days";
  /** a word's own part, as `field` and text say */
  word?: SearchWord;
  state?: ListState;
  from?: string | undefined;
  until?: string | undefined;
  /** what is left of the text without it */
  without: string;
  /** the text with it as words that are looked for; null where it is that already */
  asWords: string | null;
}

export interface Understood {
  words: SearchWord[];
  state?: ListState | undefined;
  from?: string | undefined;
  until?: string | undefined;
  marks: Mark[];
}

const most = 12;

/** The first days and the first state count; further ones are words like all others. */
export function understand(typed: string, now: Date, zone: string): Understood {
  const text = clean(typed);
  const pieces = piecesOf(text);
  const today = dayIn(zone, now);
  const found: Understood = { words: [], marks: [] };
  for (let at = 0; at < pieces.length && found.marks.length < most; ) at += take(found, text, pieces, at, today);
  return found;
}

/** Takes what begins with this piece; answers how many pieces that were. */
function take(found: Understood, text: string, pieces: Piece[], at: number, today: string): number {
  const piece = pieces[at];
  if (!piece) return 1;
  const plain = plainFrom(pieces, at);
  const days = found.from || found.until ? null : daysIn(plain, today);
  if (days) {
    const { taken, ...range } = days;
    Object.assign(found, range);
    found.marks.push({ kind: "days", ...range, ...around(text, pieces, at, taken) });
    return taken;
  }
  const state = found.state ? null : stateIn(piece, plain);
  if (state) {
    found.state = state.state;
    found.marks.push({ kind: "state", state: state.state, ...around(text, pieces, at, state.taken) });
    return state.taken;
  }
  const word = wordOf(piece);
  found.words.push(word);
  found.marks.push({ kind: kindOf(word), word, ...around(text, pieces, at, 1), asWords: null });
  return 1;
}

/** Words without key and quotation marks from here on: only those can be days and states. */
function plainFrom(pieces: Piece[], at: number): string[] {
  const rest = pieces.slice(at);
  const end = rest.findIndex((piece) => piece.key !== null || piece.quoted || piece.not);
  return (end < 0 ? rest : rest.slice(0, end)).map((piece) => piece.text);
}

function around(text: string, pieces: Piece[], at: number, taken: number) {
  const start = pieces[at]?.start ?? 0;
  const end = pieces[at + taken - 1]?.end ?? text.length;
  const [before, own, after] = [text.slice(0, start).trim(), text.slice(start, end), text.slice(end).trim()];
  const joined = (middle: string) => [before, middle, after].filter(Boolean).join(" ");
  return { without: joined(""), asWords: joined(`"${own.replace(/^state:\s*/i, "")}"`) };
}

const named: Record<string, ListState> = {
  accepted: "delivered",
  "answer lost": "uncertain",
  "possibly twice": "duplicate",
};

function stateIn(piece: Piece, plain: string[]): { state: ListState; taken: number } | null {
  if (piece.key === "state") return oneOf(stateNamed(piece.text), 1);
  const [first = "", second] = plain;
  return (second && oneOf(stateNamed(`${first} ${second}`), 2)) || oneOf(stateNamed(first), 1);
}

const stateNamed = (text: string): ListState | undefined =>
  named[text.toLowerCase()] ?? listStates.find((one) => one === text.toLowerCase());

const oneOf = (state: ListState | undefined, taken: number) => (state ? { state, taken } : null);

function kindOf({ field, text }: SearchWord): Mark["kind"] {
  if (field === "id" || (field === "any" && /^<.+>$/.test(text))) return "id";
  if (/^@[^@\s]+$/.test(text)) return "domain";
  return /^[^@\s]+@[^@\s]*$/.test(text) ? "address" : "word";
}
