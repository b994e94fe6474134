// IP addresses in what servers say of each other: found in text, in one spelling, and whether the Internet knows them.
import ipaddr from "ipaddr.js";

/** The address in its shortest spelling, or null: only the whole of it counts, in the forms that mail writes. */
export function ipAddress(text: string): string | null {
  const bare = text.replace(/^\[?(?:IPv6:)?/i, "").replace(/\]$/, "");
  const valid = bare.includes(":") ? ipaddr.IPv6.isValid(bare) : ipaddr.IPv4.isValidFourPartDecimal(bare);
  // A zone ("fe80::1%12") names an interface of that server's, which nobody else knows.
  return valid && !bare.includes("%") ? ipaddr.process(bare).toString() : null;
}

/** The first address in a line of text, or null. */
export function ipAddressIn(text: string): string | null {
  for (const [found] of text.slice(0, 1000).matchAll(/[0-9a-f:.]*[:.][0-9a-f:.]+/gi)) {
    const address = ipAddress(found) ?? ipAddress(found.replace(/[.:]$/, ""));
    if (address) return address;
  }
  return null;
}

const within = new Set(["private", "loopback", "linkLocal", "uniqueLocal", "carrierGradeNat", "unspecified"]);

/** Of a network of somebody's own: private, loopback, link-local. Takes what `ipAddress` gave. */
export const isInside = (address: string): boolean => within.has(ipaddr.parse(address).range());

/** Of the same machine. Takes what `ipAddress` gave. */
export const isLoopback = (address: string): boolean => ipaddr.parse(address).range() === "loopback";
