// One strict parser for e-mail addresses (RFC 5321 §4.1.2, RFC 6531 for non-ASCII). Quoted local parts, comments, routes and
// look-alikes of "@" are refused: Exchange and people read them differently.

export interface Address {
  local: string;
  /** lower case */
  domain: string;
}

// U+FF20, U+FE6B: full-width and small "@", which some software folds to the real one.
const forbidden = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Co}"(),:;<>[\\\]\u{FF20}\u{FE6B}]/u;
const label = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_-]{0,61}[\p{L}\p{N}\p{M}])?$/u;

/** The parts of an address, or null when it is none. At most 64 octets before the @ and 254 in all (RFC 5321 §4.5.3.1). */
export function parseAddress(text: string): Address | null {
  if (forbidden.test(text) || octets(text) > 254) return null;
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  if (at < 1 || local.includes("@") || octets(local) > 64) return null;
  if (local.startsWith(".") || local.endsWith(".") || local.includes("..")) return null;
  const domain = text.slice(at + 1).toLowerCase();
  return isDomain(domain) ? { local, domain } : null;
}

export const isAddress = (text: string): boolean => parseAddress(text) !== null;

/** A domain of one or more labels (one label is allowed: "localhost", intranet names). */
export const isDomain = (text: string): boolean =>
  text.length > 0 && text.length <= 253 && text.split(".").every((part) => label.test(part));

/** Both sides compared the way mail does: the domain without case, the local part without case too (Exchange does). */
export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

const octets = (text: string) => new TextEncoder().encode(text).length;
