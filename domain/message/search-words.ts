// The one search box: words that must all be found, "phrases", and from: to: subject: id: state: in front of a word.

export type SearchField = "any" | "from" | "to" | "subject" | "id";
export interface SearchWord {
  field: SearchField;
  text: string;
  /** `-to:anna`: must not be found */
  not: boolean;
}

/** A word with its place in what was typed, so that it can be taken out again. */
export interface Piece {
  start: number;
  end: number;
  key: SearchField | "state" | null;
  text: string;
  not: boolean;
  quoted: boolean;
}

const most = 12;
const longest = 300;
const token = /(-?)(?:(from|to|subject|id|state):\s*)?(?:"([^"]*)"?|(\S+))/gi;

/** `from:anna "delivery date"` is two pieces. Nothing is ever an error: what isn't known as a key is searched as it is. */
export function piecesOf(typed: string): Piece[] {
  const found: Piece[] = [];
  for (const match of clean(typed).matchAll(token)) {
    const [whole, minus, typedKey, phrase, word] = match;
    const text = (phrase ?? word ?? "").trim();
    const key = keyOf(typedKey);
    // Only a key can be taken away: a dash before a plain word is part of what people look for.
    const not = minus === "-" && key !== null;
    const range = { start: match.index, end: match.index + whole.length };
    if (text) found.push({ ...range, key, not, text: minus && !not ? `-${text}` : text, quoted: phrase !== undefined });
  }
  return found;
}

/** Everything as words, for who has nothing to do with days and states. */
export const searchWords = (typed: string): SearchWord[] => piecesOf(typed).slice(0, most).map(wordOf);

export const wordOf = ({ key, text, not }: Piece): SearchWord => ({
  field: key === null || key === "state" ? "any" : key,
  text,
  not,
});

/** The offsets of pieces count in this. The bound can cut a character in two halves, of which Postgres takes none. */
export const clean = (typed: string): string =>
  typed
    .replaceAll("\0", "")
    .trim()
    .slice(0, longest)
    .replace(/\p{Cs}/gu, "");

function keyOf(typed: string | undefined): Piece["key"] {
  const key = typed?.toLowerCase();
  switch (key) {
    case "from":
    case "to":
    case "subject":
    case "id":
    case "state":
      return key;
    default:
      return null;
  }
}
