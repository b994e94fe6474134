// Whom a collected mail is for: a single mailbox's one address, or what the headers of a catch-all mailbox say.
import type { RecipientSettings } from "@/domain/mailbox/schema";
import { parseAddress, sameAddress } from "@/mail/address";
import { addressesIn, type Headers, receivedFor } from "@/mail/headers";

export interface Named {
  address: string;
  /** the header that named it, as configured, or why it is this one */
  via: string;
}

export interface Recipients {
  recipients: Named[];
  /** addresses of other domains beside ours: the journey says so */
  leftOut: string[];
  /** no address of ours in the mail, and nobody is set to get such mail */
  nobody: boolean;
  /** so many addresses of ours are in it that not even rows are made of them */
  flood?: number;
}

/** Addresses of ours in one mail. One with more is held as a whole: nobody of them is left out unseen. */
export const mostOurs = 2000;
/** Of addresses that are not ours so many are told. */
const mostTold = 200;
const written = ["To", "Cc", "Resent-To", "Resent-Cc"];
const isWritten = (name: string) => written.some((one) => one.toLowerCase() === name.toLowerCase());

/** Headers in the configured order; To, Cc, Resent-To and Resent-Cc count as one, tried last. */
export function recipientsOf(headers: Headers, settings: RecipientSettings): Recipients {
  if (settings.mode === "single")
    return { recipients: [{ address: settings.address, via: "single mailbox" }], leftOut: [], nobody: false };
  const ours = (address: string) => {
    const domain = parseAddress(address)?.domain;
    return domain !== undefined && settings.domains.some((one) => one.toLowerCase() === domain);
  };
  const own = (address: string) => settings.own.some((one) => sameAddress(one, address));
  for (const header of settings.headers.filter((name) => !isWritten(name))) {
    const all = distinct(addressesOf(headers, header));
    // Many providers write the catch-all's own name into Delivered-To of every mail: it names nobody.
    const found = all.filter((address) => ours(address) && !own(address));
    if (found.length > 0) return named(found, header, all, ours);
  }
  if (settings.headers.some(isWritten)) {
    const all = distinct(written.flatMap((name) => addressesOf(headers, name)));
    const found = all.filter(ours);
    if (found.length > 0) return named(found, viaWritten(headers, found[0] ?? ""), all, ours);
  }
  if (settings.nobody === "hold") return { recipients: [], leftOut: [], nobody: true };
  return { recipients: [{ address: settings.nobody, via: "nobody" }], leftOut: [], nobody: false };
}

function named(found: string[], via: string, all: string[], ours: (address: string) => boolean): Recipients {
  const leftOut = all.filter((address) => !ours(address)).slice(0, mostTold);
  if (found.length > mostOurs) return { recipients: [], leftOut, nobody: false, flood: found.length };
  return { recipients: found.map((address) => ({ address, via })), leftOut, nobody: false };
}

function addressesOf(headers: Headers, name: string): string[] {
  const values = headers.all(name);
  if (name.toLowerCase() !== "received") return values.flatMap(addressesIn);
  return values.flatMap((value) => receivedFor(value) ?? []);
}

const viaWritten = (headers: Headers, address: string) =>
  written.find((name) => addressesOf(headers, name).some((one) => sameAddress(one, address))) ?? "To";

/** Exchange compares local parts without case, so do we. */
function distinct(addresses: string[]): string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) if (!seen.has(address.toLowerCase())) seen.set(address.toLowerCase(), address);
  return [...seen.values()];
}
