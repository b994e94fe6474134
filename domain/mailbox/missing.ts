// Missing: open identities that a listing lacks though one of its new mails may be theirs under another name.
import type { Listed, Listing } from "@/mail/source";
import type { Known } from "./cursor";

export interface Missing {
  /** identities that are not closed before these mails were compared with them */
  identities: ReadonlySet<number>;
  /** numbers of new mails to compare with them by hash; who matches none is collected */
  mails: ReadonlySet<number>;
}

export const noneMissing: Missing = { identities: new Set(), mails: new Set() };

/**
 * A session without usable UIDLs knows a mail by its hash alone, and a mailbox that moved knows them by names of another
 * place: such an identity may be any new mail. One that had a name here may be a new mail of its size.
 */
export function missingFrom(listing: Listing, vanished: Known[], fresh: Listed[]): Missing {
  const identities = new Set<number>();
  const mails = new Set<number>();
  const numbersOf = new Map<number, number[]>();
  for (const { number, size } of fresh) numbersOf.set(size, [...(numbersOf.get(size) ?? []), number]);
  let any = false;
  for (const one of vanished) {
    if (one.state !== "stored") continue;
    const nameless = one.uid.startsWith("#") || one.epoch !== listing.epoch || one.size === null;
    const like = nameless ? fresh.length > 0 : numbersOf.has(one.size ?? 0);
    if (!like) continue;
    identities.add(one.id);
    any ||= nameless;
    for (const number of numbersOf.get(one.size ?? -1) ?? []) mails.add(number);
  }
  return any ? { identities, mails: new Set(fresh.map(({ number }) => number)) } : { identities, mails };
}
