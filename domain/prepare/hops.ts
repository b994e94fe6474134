// The provider's own servers, as the newest mails' Received lines show them: through these addresses mail goes between the
// world and Mailferry. Whoever is on this list is never judged by Exchange, so a sender must not get onto it: lines are
// believed only as far as a server of the provider's wrote them, and names only where DNS confirmed them.
import { ipAddress, isInside } from "@/mail/ip-address";
import { parseReceived, type Received } from "@/mail/received";

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
 * sure: the provider's, in mails of several senders. rare: the provider's by its name, in too few mails to rely on.
 * asks: took part in mails of many senders, but nothing says whose it is; a gateway before the mailbox looks like this.
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
    for (const { address, name } of inside) note(found, address, { name, known: true }, mail);
    if (edge) note(found, edge.address, { name: edge.name, known: false }, mail);
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
  known: boolean;
  mails: Set<string>;
  senders: Set<string>;
  mailboxes: Set<string>;
  newest: SeenMail;
}

function note(
  found: Map<string, Seen>,
  address: string,
  { name, known }: Pick<Seen, "name" | "known">,
  mail: SeenMail,
) {
  const one = found.get(address) ?? {
    ...{ address, name, known, newest: mail },
    ...{ mails: new Set<string>(), senders: new Set<string>(), mailboxes: new Set<string>() },
  };
  // One place at which it stood outside is enough to ask a person.
  one.known &&= known;
  one.mails.add(mail.id);
  if (mail.senderDomain) one.senders.add(mail.senderDomain);
  one.mailboxes.add(mail.mailbox);
  found.set(address, one);
}

function standingOf({ known, senders }: Seen): Standing | null {
  if (known) return senders.size >= sureSenders ? "sure" : "rare";
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

/** From the mailbox outwards: the provider's public addresses, and the first that is not known to be the provider's. */
export function walk(lines: readonly string[], mailboxHost: string): { inside: Party[]; edge: Party | null } {
  const own = new Set([familyOf(mailboxHost)]);
  const inside: Party[] = [];
  let onTheSpot = false;
  for (const [n, line] of lines.entries()) {
    const received = parseReceived(line);
    // The topmost line is the mailbox's own server's: whatever it is called, it is the provider's.
    if (n === 0) own.add(familyOf(received.by.name));
    else if (!believed(received, own, onTheSpot)) break;
    const step = stepOf(received, own);
    if (step.kind === "edge") return { inside, edge: step.party };
    if (step.kind === "inside") inside.push(step.party);
    onTheSpot = step.kind === "on the spot";
  }
  return { inside, edge: null };
}

/** Whether a server of the provider's wrote the line, as far as its name tells: a short one ("localhost") tells nothing. */
function believed({ by }: Received, own: Set<string>, onTheSpot: boolean): boolean {
  const family = familyOf(by.name);
  return family === "" ? !onTheSpot && (by.name !== "" || by.address !== null) : own.has(family);
}

type Step = { kind: "inside" | "edge"; party: Party } | { kind: "hidden" | "on the spot" };

function stepOf({ from }: Received, own: Set<string>): Step {
  if (!from?.address) return { kind: "on the spot" };
  if (isInside(from.address)) return { kind: "hidden" };
  const party = { address: from.address, name: from.name };
  const family = familyOf(from.name);
  return { kind: !from.claimed && family !== "" && own.has(family) ? "inside" : "edge", party };
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
