// Passwords: argon2id, and what makes one too easy to guess. Length counts, mixtures of signs don't (NIST SP 800-63B).
import { hash, verify } from "@node-rs/argon2";
import { commonWords } from "./common-passwords";
import { withoutWalks } from "./keyboard-walk";

/** OWASP's least: 19 MiB, two passes, one lane. The library's algorithm is argon2id unless told otherwise. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, cost);

let dummy: Promise<string> | undefined;

/** Takes the same time whether or not there is a hash to compare with: time must not tell who exists. */
export async function passwordMatches(stored: string | null, password: string): Promise<boolean> {
  dummy ??= hashPassword("nobody has this one, it only takes its time");
  const against = stored ?? (await dummy);
  const matches = await verify(against, password).catch(() => false);
  return stored !== null && matches;
}

/** Why this password would be guessed, as a sentence for its field; null when it will do. */
export function passwordFault(password: string, person: { email: string; name: string }): string | null {
  if (password.length < 12) return "Password is shorter than 12 characters. A few words in a row are fine.";
  if (password.length > 256) return "Password is longer than 256 characters.";
  if (new Set(password.toLowerCase()).size < 5) return "Password repeats too few different characters.";
  // A walk over the keys is worth nothing: what stands beside it has to be long enough by itself.
  const unwalked = withoutWalks(password);
  if (unwalked.length < password.length && unwalked.length < 12)
    return "Password is a run of keys or digits, which is tried first. Choose another.";
  if (remaining(password, commonWords, 3) < 4)
    return "Password is built on a word that is tried first. Choose one that nobody would guess.";
  if (remaining(password, ownWords(person)) < 6)
    return "Password is built on your name or e-mail address. Choose one that has nothing to do with you.";
  return null;
}

const lookAlikes: Record<string, string> = {
  "@": "a",
  "4": "a",
  "3": "e",
  "1": "i",
  "!": "i",
  "0": "o",
  $: "s",
  "5": "s",
  "7": "t",
};

/** Letters and digits, with look-alikes turned into letters; `typed` is what stood there. */
const signsOf = (text: string) =>
  [...text.toLowerCase()]
    .map((typed) => ({ typed, read: lookAlikes[typed] ?? typed }))
    .filter(({ read }) => /[\p{L}\p{N}]/u.test(read));
const stem = (text: string) =>
  signsOf(text)
    .map(({ read }) => read)
    .join("");

/**
 * How many typed letters are left once these words are taken out; without end when none of them is in it, or more different
 * ones than `few`: several words in a row are hard to guess, however common each of them is.
 */
function remaining(password: string, words: readonly string[], few = Number.POSITIVE_INFINITY): number {
  const signs = signsOf(password);
  const found = new Set<string>();
  let text = signs.map(({ read }) => read[0]).join("");
  for (const word of words.toSorted((a, b) => b.length - a.length)) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word)) {
      signs.splice(at, word.length);
      text = text.slice(0, at) + text.slice(at + word.length);
      found.add(word);
    }
  }
  return found.size > 0 && found.size <= few
    ? signs.filter(({ typed }) => /\p{L}/u.test(typed)).length
    : Number.POSITIVE_INFINITY;
}

/** The words that people make of themselves: the address, its parts, the name's parts. */
function ownWords(person: { email: string; name: string }): string[] {
  const [local = "", domain = ""] = person.email.toLowerCase().split("@");
  const words = [
    local,
    domain.split(".")[0] ?? "",
    ...local.split(/[._+-]/),
    ...person.name.toLowerCase().split(/\s+/),
  ];
  return [...new Set(words.map(stem).filter((word) => word.length >= 4))];
}
