// The provider's own servers, as the newest mails' Received lines show them: through these addresses mail goes between the
// world and Mailferry. Whoever is on this list is never judged by Exchange, so a sender must not get onto it: only what the
// mailbox's own server wrote proves anything, and names only where DNS confirmed them. What lines below say is for people.
import { ipAddress, isInside, isLoopback } from "@/mail/ip-address";
import { parseReceived, type Received, type ReceivedParty } from "@/mail/received";

export interface SeenMail {
  id: string;
  collectedAt: Date;
  mailbox: string;
  /** where it was collected: a name or an address */
  mailboxHost: string;
  /** of the envelope's sender, lower case; "" for the null sender */
  senderDomain: string;
  /** as collected, topmost first, without Mailferry's own */
  received: string[];
}

/**
 * sure: the mailbox's own server had mails of several senders from it, under a name of the provider's. rare: the same, in
 * too few mails to rely on. asks: took part in mails of many senders, but nothing proves whose it is; a gateway before the
 * mailbox looks like this, and so does a second server of the provider's behind the first.
 */
export type Standing = "sure" | "rare" | "asks";

export interface Hop {
  address: string;
  name: string;
  standing: Standing;
  mails: number;
  senders: number;
  mailboxes: string[];
  /** the newest mail it was seen in; null for a mailbox's own address, which no mail has to show */
  seenIn: { mailId: string; at: Date } | null;
}

const sureSenders = 2;
const askingSenders = 3;
const mostHops = 40;

/** Newest mail first. `hosts`: the mailboxes' own servers, which Mailferry's Received line names. */
export function hopsOf(mails: readonly SeenMail[], hosts: readonly { name: string; host: string }[]): Hop[] {
  const found = new Map<string, Seen>();
  for (const mail of mails) {
    const { inside, edge } = walk(mail.received, mail.mailboxHost);
    for (const party of inside) note(found, { ...party, known: true }, mail);
    if (edge) note(found, { ...edge, known: false, proven: false }, mail);
  }
  const seen = [...found.values()].flatMap((one) => {
    const standing = standingOf(one);
    return standing ? [{ ...hopOf(one), standing }] : [];
  });
  const own = ownHosts(hosts).filter(({ address }) => !seen.some((hop) => hop.address === address));
  const order: Standing[] = ["sure", "rare", "asks"];
  return [...own, ...seen]
    .sort((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing) || b.mails - a.mails)
    .slice(0, mostHops);
}

interface Seen {
  address: string;
  name: string;
  /** never stood outside */
  known: boolean;
  /** in how many mails, and of which senders, the mailbox's own server named it */
  proven: { mails: number; senders: Set<string> };
  mails: Set<string>;
  senders: Set<string>;
  mailboxes: Set<string>;
  newest: SeenMail;
}

function note(found: Map<string, Seen>, { address, name, known, proven }: Inside & { known: boolean }, mail: SeenMail) {
  const one = found.get(address) ?? {
    ...{ address, name, known, newest: mail, proven: { mails: 0, senders: new Set<string>() } },
    ...{ mails: new Set<string>(), senders: new Set<string>(), mailboxes: new Set<string>() },
  };
  // One place at which it stood outside is enough to ask a person.
  one.known &&= known;
  one.mails.add(mail.id);
  if (mail.senderDomain) one.senders.add(mail.senderDomain);
  if (proven) one.proven.mails += 1;
  if (proven && mail.senderDomain) one.proven.senders.add(mail.senderDomain);
  one.mailboxes.add(mail.mailbox);
  found.set(address, one);
}

function standingOf({ known, proven, senders }: Seen): Standing | null {
  if (known && proven.mails > 0) return proven.senders.size >= sureSenders ? "sure" : "rare";
  return senders.size >= askingSenders ? "asks" : null;
}

const hopOf = ({ address, name, mails, senders, mailboxes, newest }: Seen) => ({
  ...{ address, name, mails: mails.size, senders: senders.size, mailboxes: [...mailboxes] },
  seenIn: { mailId: newest.id, at: newest.collectedAt },
});

/** A mailbox that is collected by its address: our own Received line names that, as the one we had the mail from. */
function ownHosts(hosts: readonly { name: string; host: string }[]): Hop[] {
  const boxes = new Map<string, string[]>();
  for (const { name, host } of hosts) {
    const address = ipAddress(host);
    if (address && !isInside(address)) boxes.set(address, [...(boxes.get(address) ?? []), name]);
  }
  return [...boxes].map(([address, mailboxes]) => ({
    ...{ address, name: "", standing: "sure" as const, mails: 0, senders: 0, mailboxes, seenIn: null },
  }));
}

interface Party {
  address: string;
  name: string;
}

interface Inside extends Party {
  /** the mailbox's own server wrote so itself, in the topmost line; of any other line only a name vouches */
  proven: boolean;
}

/** From the mailbox outwards: the provider's public addresses, and the first that is not known to be the provider's. */
export function walk(lines: readonly string[], mailboxHost: string): { inside: Inside[]; edge: Party | null } {
  const own = new Set([providerOf(mailboxHost)]);
  const inside: Inside[] = [];
  let writer: ReceivedParty | null = null;
  for (const [n, line] of lines.entries()) {
    const received = parseReceived(line);
    // The topmost line is the mailbox's own server's: whatever it is called, it is the provider's.
    if (n === 0) own.add(providerOf(received.by.name));
    else if (!writer || !isSame(received.by, writer)) break;
    const step = stepOf(received, own);
    if (step.kind === "edge") return { inside, edge: step.party };
    if (step.kind === "inside") inside.push({ ...step.party, proven: n === 0 });
    writer = step.writer;
  }
  return { inside, edge: null };
}

/** A line is the work of the party before it or of a stranger, who may write any other name of the provider's. */
const isSame = (by: ReceivedParty, writer: ReceivedParty): boolean =>
  (by.name !== "" && by.name === writer.name) || (by.address !== null && by.address === writer.address);

type Step =
  | { kind: "edge"; party: Party }
  | ({ writer: ReceivedParty } & ({ kind: "inside"; party: Party } | { kind: "hidden" }));

function stepOf({ from, by }: Received, own: Set<string>): Step {
  // Handed over on the spot, or from a program on the same machine: that server goes on.
  if (!from?.address || isLoopback(from.address)) return { kind: "hidden", writer: by };
  if (isInside(from.address)) return { kind: "hidden", writer: from };
  const party = { address: from.address, name: from.name };
  const provider = providerOf(from.name);
  const known = !from.claimed && provider !== "" && own.has(provider);
  return known ? { kind: "inside", party, writer: from } : { kind: "edge", party };
}

/** The family that a server's name vouches for: that of a customer's machine is shared with strangers, and vouches for none. */
const providerOf = (name: string): string => (isCustomers(name) ? "" : familyOf(name));

const customers =
  /^(?:static|stat|fix|fixed|dyn(?:amic)?|dynip|dhcp|ppp(?:oe)?|dip|dial(?:up|in)?|clients?|customers?|cust|kunden?|users?|subs?|subscribers?|members?|pools?|[avsx]?dsl|cable|cm|fib(?:er|re)|ftt[bhx]|broadband|bb|res(?:idential)?|home|mobile|lte|ip|ipv?[46]|rev|vps|vds|vm|vserver|virtual|cloud|compute|instances?|ec2|dedi(?:cated)?|dedicatedserver|rootserver|colo(?:cation)?|host.*)$/;

/**
 * Whether a name is one that providers give to machines of their customers, in the family of their own servers: with an
 * address in it, in digits or hexadecimal, a serial number, or a word for it. Errs towards a customer's, who would get past
 * every filter.
 */
function isCustomers(name: string): boolean {
  const family = familyOf(name);
  if (family === "") return false;
  const front = name.toLowerCase().replace(/\.$/, "").slice(0, -family.length);
  const words = front.split(/[-._]/).map((word) => word.replace(/\d+$/, ""));
  return /\d[-._x]\d|\d{4}|[0-9a-f]{8}/.test(front) || words.some((word) => customers.test(word));
}

const shared = new Set(["ac", "co", "com", "edu", "go", "gob", "gov", "gv", "ne", "net", "or", "org"]);

/** mx3.mail.provider.example and pop.provider.example are of one family; so are two of provider.co.uk. "" for none. */
export function familyOf(name: string): string {
  if (ipAddress(name)) return "";
  const labels = name.toLowerCase().replace(/\.$/, "").split(".");
  const [second = "", last = ""] = labels.slice(-2);
  if (labels.length < 2 || second === "" || last === "") return "";
  const length = last.length === 2 && shared.has(second) ? 3 : 2;
  return labels.length < length ? "" : labels.slice(-length).join(".");
}
