// What the bench's mails are made of: words, people and companies, drawn so that few are frequent and most are rare.

const common =
  "invoice order delivery your offer meeting payment confirmation newsletter update report request project price list account new information support ticket question contract appointment reminder shipping quote customer service weekly monthly summary statement reply out of office holiday training team call notes schedule tender sample return complaint repair warranty parts catalogue stock purchase supplier certificate inspection audit budget forecast tax insurance claim visit travel booking hotel invitation event webinar survey feedback release version security alert password backup server licence renewal domain website design draft proof print label pallet freight customs export import packing transport warehouse".split(
    " ",
  );
const first =
  "anna ben clara david eva felix greta hans ida jan karl lena max nina otto paula ralf sara tom uwe vera willi xenia yara zeno maria peter julia stefan petra michael sabine thomas andrea markus silke frank heike".split(
    " ",
  );
const last =
  "mueller schmidt weber wagner becker hoffmann koch bauer richter klein wolf neumann schwarz zimmermann braun krueger hartmann lange werner krause lehmann maier huber kaiser fuchs peters lang scholz moeller weiss jung hahn vogel keller".split(
    " ",
  );
const inboxes = ["info", "sales", "office", "invoices", "orders", "service", "support", "hr"];

export type Random = () => number;

/** mulberry32: the same mails at each run. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Zipf: the tenth is a tenth as frequent as the first. */
export const zipf = (random: Random, count: number): number => Math.floor(count ** random()) - 1;

const syllables =
  "ba be bi bo bu da de di do du fa fe fi fo ga ge gi go ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta te ti to va ve vi vo wa we za ze zo".split(
    " ",
  );
export const rareWord = (n: number): string => {
  let text = "";
  for (let rest = n + 1; rest > 0; rest = Math.floor(rest / syllables.length))
    text += syllables[rest % syllables.length];
  return `${text}${syllables[(n * 7) % syllables.length]}`;
};

export const word = (n: number): string => common[n] ?? rareWord(n);
export const words = 30_000;
export const domain = (n: number): string => `${rareWord(n * 3 + 11)}${n % 3 === 0 ? "-group" : ""}.example`;
export const domains = 20_000;

/** The n-th of all senders: address and display name. */
export function person(n: number): { address: string; name: string } {
  const [given = "", family = ""] = [first[n % first.length], last[Math.floor(n / 7) % last.length]];
  const at = domain(zipf(randomFrom(n), domains));
  if (n % 5 === 0) return { address: `${inboxes[n % inboxes.length]}@${at}`, name: at.split(".")[0] ?? "" };
  return { address: `${given}.${family}${n % 4 === 0 ? n % 100 : ""}@${at}`, name: `${given} ${family}` };
}
export const persons = 200_000;

export function subject(random: Random, n: number): string {
  const prefix = random() < 0.25 ? "Re: " : random() < 0.1 ? "Fwd: " : "";
  const count = 2 + Math.floor(random() * 5);
  const said = Array.from({ length: count }, () => word(zipf(random, words)));
  if (random() < 0.3) said.push(String(100_000 + (n % 900_000)));
  return prefix + said.join(" ");
}

export const inbox = (random: Random): string => {
  const n = zipf(random, 40);
  return inboxes[n] ?? `${first[n % first.length]}.${last[(n * 5) % last.length]}`;
};
