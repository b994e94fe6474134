// A mail's headers, read for routing and for people. The text is hostile: everything is bounded, nothing throws.
import { addressesIn } from "./address-list";
import { decodeWords } from "./encoded-words";
import { mailDate, stripComments } from "./mail-date";

export { addressesIn } from "./address-list";
export { decodeWords } from "./encoded-words";

export interface Header {
  /** as written */
  name: string;
  /** unfolded and trimmed; UTF-8 where valid, else Latin-1 */
  value: string;
}

/** Headers in their order, topmost first. */
export interface Headers {
  readonly fields: readonly Header[];
  all(name: string): string[];
  first(name: string): string | null;
}

const blockBound = 1024 * 1024;
const fieldsBound = 10_000;
const colon = 58;

/** Reads the lines before the first empty one; lines that are no header are left out with their continuations. */
export function parseHeaders(block: Buffer): Headers {
  const bytes = block.subarray(0, blockBound);
  const fields: Header[] = [];
  let at = 0;
  while (at < bytes.length && fields.length < fieldsBound) {
    const end = fieldEnd(bytes, at);
    if (isEmptyLine(bytes, at)) break;
    const field = headerOf(bytes.subarray(at, end));
    if (field) fields.push(field);
    at = end;
  }
  const byName = new Map<string, string[]>();
  for (const { name, value } of fields) {
    const key = name.toLowerCase();
    const values = byName.get(key);
    if (values) values.push(value);
    else byName.set(key, [value]);
  }
  return {
    fields,
    all: (name) => [...(byName.get(name.toLowerCase()) ?? [])],
    first: (name) => byName.get(name.toLowerCase())?.[0] ?? null,
  };
}

/** Topmost Return-Path: an address, "" for the null sender (and for one that can't be read), null when there is none. */
export function returnPath(headers: Headers): string | null {
  const value = headers.first("Return-Path");
  return value === null ? null : (addressesIn(value)[0] ?? "");
}

/** Topmost Return-Path; only where there is none, From; "" is the null sender. */
export const envelopeSender = (headers: Headers): string =>
  returnPath(headers) ?? addressesIn(headers.first("From") ?? "")[0] ?? "";

/** The address of a Received line's `for` clause (RFC 5321 §4.4). */
export function receivedFor(value: string): string | null {
  const text = stripComments(value.slice(0, 4096));
  const end = text.lastIndexOf(";");
  const clauses = [...(end < 0 ? text : text.slice(0, end)).matchAll(/\sfor\s+(<[^<>\s]{1,300}>|[^<>\s;]{1,300})/gi)];
  return addressesIn(clauses.at(-1)?.[1] ?? "")[0] ?? null;
}

/** When a Received line was written: what follows its last semicolon. */
export function receivedDate(value: string): Date | null {
  const text = stripComments(value.slice(0, 4096));
  const at = text.lastIndexOf(";");
  return at < 0 ? null : mailDate(text.slice(at + 1));
}

/** The Message-ID for comparing and showing, or null when the mail has none (or an empty one). */
export const messageId = (headers: Headers): string | null => shown(headers.first("Message-ID") ?? "", 998) || null;

export const subject = (headers: Headers): string => shown(decodeWords(headers.first("Subject") ?? ""), 500);

export const from = (headers: Headers): string => shown(decodeWords(headers.first("From") ?? ""), 320);

export const date = (headers: Headers): Date | null => mailDate(headers.first("Date") ?? "");

export const countReceived = (headers: Headers): number => headers.all("Received").length;

/** How often this installation has already carried the mail, by its own Received lines. */
export function countOwnReceived(headers: Headers, installationId: string): number {
  const mark = `(mailferry ${installationId.toLowerCase()}) with `;
  return headers.all("Received").filter((value) => {
    const text = value.slice(0, 4096).replace(/\s+/g, " ").toLowerCase();
    const at = text.indexOf(mark);
    return at > 0 && /(?:^|\s)by \S+ $/.test(text.slice(0, at));
  }).length;
}

/** One line without control characters, at most `bound` characters. */
function shown(text: string, bound: number): string {
  const clean = text
    .slice(0, bound * 4)
    .replace(/[\s\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .trim();
  return clean.slice(0, bound).replace(/[\ud800-\udbff]$/, "");
}

const isEmptyLine = (bytes: Buffer, at: number) => bytes[at] === 10 || (bytes[at] === 13 && bytes[at + 1] === 10);

/** Where the field that begins at `at` ends, its continuation lines included. */
function fieldEnd(bytes: Buffer, at: number): number {
  for (let from = at; ; ) {
    const end = bytes.indexOf(10, from);
    if (end < 0) return bytes.length;
    const next = bytes[end + 1];
    if (next !== 32 && next !== 9) return end + 1;
    from = end + 1;
  }
}

function headerOf(field: Buffer): Header | null {
  const at = field.indexOf(colon);
  if (at < 1 || at > 998) return null;
  const name = field.toString("latin1", 0, at).trimEnd();
  if (!/^[!-9;-~]+$/.test(name)) return null;
  const value = textOf(field.subarray(at + 1)).replace(/\r?\n/g, "");
  return { name, value: value.trim() };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.toString("latin1");
  }
}
