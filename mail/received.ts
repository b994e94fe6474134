// A Received line, taken apart: from whom a server took the mail, and which server it was (RFC 5321 §4.4, and what Postfix,
// Exim, Sendmail, qmail, Exchange and others make of it). The text is hostile: bounded, and nothing throws.
import { ipAddress } from "./ip-address";

export interface ReceivedParty {
  /** host name in lower case, or "" */
  name: string;
  address: string | null;
}

export interface Received {
  /** null: the line names nobody, the mail was handed over on the spot */
  from: (ReceivedParty & { claimed: boolean }) | null;
  by: ReceivedParty;
}

const longest = 4096;

export function parseReceived(value: string): Received {
  const text = value.slice(0, longest).replace(/\s+/g, " ").trim();
  const clauses = /^(?:from (?<from>.*?) )?by (?<by>\S+(?: \([^()]{0,300}\))?)/i.exec(text)?.groups ?? {};
  return { from: clauses.from ? fromOf(clauses.from, text) : null, by: byOf(clauses.by ?? "") };
}

/**
 * Who the client was. Its address was seen by the server that wrote the line; of the names one is what the client said of
 * itself, and another may be what DNS said of its address, and only that one counts: `claimed` tells that there is none.
 */
function fromOf(clause: string, text: string): ReceivedParty & { claimed: boolean } {
  const [, first = "", rest = ""] = /^(\S+)(.*)$/.exec(clause) ?? [];
  const address = addressOf(clause);
  const looked =
    [...rest.matchAll(/\((?:[^\s@]{1,64}@)?([a-z0-9][a-z0-9._-]{1,252}?)\.? \[[^\]]{2,60}\]/gi)].at(-1)?.[1] ?? "";
  // Postfix and Sendmail: from HELO (DNS [address]); "unknown" and "may be forged" when DNS did not confirm it.
  if (looked !== "") {
    const confirmed = !/^unknown$/i.test(looked) && !/may be forged/i.test(rest);
    return { name: nameOf(confirmed ? looked : first), address, claimed: !confirmed };
  }
  // Exim: from DNS ([address] helo=HELO), or from [address] (helo=HELO). qmail: from DNS (HELO HELO) (address).
  const checked = /helo[= ]/i.test(rest) || /\(Exim [\d.]+\)/.test(text);
  return { name: nameOf(first), address, claimed: !checked || !isName(first) || /^unknown$/i.test(first) };
}

/** Of several addresses the last: a client may name one of its own as its name, which stands first. */
function addressOf(clause: string): string | null {
  const found = [...clause.matchAll(/[[(](?:IPv6:)?([0-9a-f:.]{3,45})[\])]/gi)].flatMap(([, text]) => {
    const address = ipAddress(text ?? "");
    return address ? [address] : [];
  });
  return found.at(-1) ?? null;
}

function byOf(clause: string): ReceivedParty {
  const first = (clause.split(" ")[0] ?? "").replace(/[;,]$/, "");
  return { name: nameOf(first), address: addressOf(clause) ?? ipAddress(first) };
}

const isName = (text: string) => /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?\.?$/i.test(text) && /[a-z]/i.test(text);
const nameOf = (text: string) => (isName(text) ? text.toLowerCase().replace(/\.$/, "") : "");
