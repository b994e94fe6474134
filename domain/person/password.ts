// Passwords: argon2id, and what makes one too easy to guess. Length counts, mixtures of signs don't (NIST SP 800-63B).
import { hash, verify } from "@node-rs/argon2";
import { commonStems } from "./common-passwords";

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
  const plain = stem(password);
  if (new Set(password.toLowerCase()).size < 5) return "Password repeats too few different characters.";
  if (isRun(password.toLowerCase()))
    return "Password is a run of keys or digits, which is tried first. Choose another.";
  const rest = commonStems.reduce((text, common) => (common.length > 3 ? text.replaceAll(common, "") : text), plain);
  if (letters(rest).length < 4 && commonStems.some((common) => plain.includes(common)))
    return "Password is built on a word that is tried first. Choose one that nobody would guess.";
  for (const own of ownWords(person))
    if (plain.includes(own) && letters(plain.replaceAll(own, "")).length < 6)
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
const stem = (text: string) =>
  [...text.toLowerCase()]
    .map((sign) => lookAlikes[sign] ?? sign)
    .join("")
    .replace(/[^\p{L}\p{N}]/gu, "");
const letters = (text: string) => text.replace(/[^\p{L}]/gu, "");

const runs = [
  "01234567890123456789",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
];
const isRun = (text: string) =>
  runs.some((run) => (run + run).includes(text) || (run + run).includes([...text].reverse().join("")));

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
