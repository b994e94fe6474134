// Address lists as headers hold them (RFC 5322 §3.4): names, groups, comments, quotes, old routes. Only what our strict
// parser takes comes out; what it doesn't take is no recipient.
import { parseAddress } from "./address";

const bound = 256 * 1024;
const most = 2000;
const encodedWord = /=\?[^?\s]{1,64}\?[bq]\?[^?\r\n]*\?=/iy;

/** The addresses in their order, each once; local parts as written, domains in lower case. */
export function addressesIn(value: string): string[] {
  const found = new Set<string>();
  for (const entry of entriesOf(value.slice(0, bound))) {
    const address = addressOf(entry);
    if (address) found.add(address);
    if (found.size >= most) break;
  }
  return [...found];
}

interface Entry {
  /** outside of angle brackets, without comments and encoded words */
  bare: string;
  /** inside of the last angle brackets, null when there were none */
  angle: string | null;
}

/** One pass over the characters. A group's name ends at its ":" and is dropped; "," and ";" end an entry. */
function* entriesOf(text: string): Generator<Entry> {
  let entry: Entry = { bare: "", angle: null };
  for (let at = 0; at < text.length; ) {
    const c = text[at] ?? "";
    if (c === "(") at = commentEnd(text, at);
    else if (c === '"') {
      const end = quoteEnd(text, at);
      entry.bare += text.slice(at, end);
      at = end;
    } else if (c === "<") {
      const end = text.indexOf(">", at);
      if (end < 0) break;
      entry.angle = text.slice(at + 1, end);
      at = end + 1;
    } else if (c === "," || c === ";") {
      yield entry;
      entry = { bare: "", angle: null };
      at++;
    } else if (c === ":") {
      entry = { bare: "", angle: null };
      at++;
    } else {
      encodedWord.lastIndex = at;
      const word = c === "=" ? encodedWord.exec(text) : null;
      entry.bare += word ? " " : c;
      at += word ? word[0].length : 1;
    }
  }
  yield entry;
}

function addressOf({ bare, angle }: Entry): string | null {
  // An old route "<@a.example,@b.example:user@c.example>" names the way; the mailbox is what follows it.
  const text = (angle ?? bare).replace(/^\s*@[^:"]*:/, "").trim();
  if (text.length > 320) return null;
  const unquoted = text.replace(/^"([^"\\]*)"@/, "$1@");
  const address = parseAddress(unquoted);
  return address && `${address.local}@${address.domain}`;
}

function commentEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at + 1;
  }
  return text.length;
}

/** After the closing quote; one that isn't closed within 1,000 characters is a stray character. */
function quoteEnd(text: string, from: number): number {
  const end = Math.min(text.length, from + 1000);
  for (let at = from + 1; at < end; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return from + 1;
}
