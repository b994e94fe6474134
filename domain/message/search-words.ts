// The one search box: words that must all be found, "phrases", and from: to: subject: id: in front of a word.

export type SearchField = "any" | "from" | "to" | "subject" | "id";
export interface SearchWord {
  field: SearchField;
  text: string;
  /** `-to:anna`: must not be found */
  not: boolean;
}

const most = 12;
const token = /(-?)(?:(from|to|subject|id):\s*)?(?:"([^"]*)"?|(\S+))/gi;

/** `from:anna "delivery date"` is two words. Nothing is ever an error: what isn't known as a key is searched as it is. */
export function searchWords(typed: string): SearchWord[] {
  const found: SearchWord[] = [];
  for (const [, minus, key, phrase, word] of clean(typed).matchAll(token)) {
    const text = (phrase ?? word ?? "").trim();
    // Only a key can be taken away: a dash before a plain word is part of what people look for.
    const not = minus === "-" && key !== undefined;
    if (text) found.push({ field: fieldOf(key), text: minus && !not ? `-${text}` : text, not });
    if (found.length === most) break;
  }
  return found;
}

const clean = (typed: string) => typed.replaceAll("\0", "").trim().slice(0, 300);

function fieldOf(key: string | undefined): SearchField {
  switch (key?.toLowerCase()) {
    case "from":
      return "from";
    case "to":
      return "to";
    case "subject":
      return "subject";
    case "id":
      return "id";
    default:
      return "any";
  }
}
