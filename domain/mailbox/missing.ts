// Missing: open identities that a listing lacks. Any of its new mails may be one of them under another name: servers rename,
// and a server that took over from another may count octets otherwise too.
import type { Listed } from "@/mail/source";
import type { Known } from "./cursor";

export interface Missing {
  /** identities that are not closed before these mails were compared with them */
  identities: ReadonlySet<number>;
  /** numbers of new mails to compare with them by hash; who matches none is collected */
  mails: ReadonlySet<number>;
}

export const noneMissing: Missing = { identities: new Set(), mails: new Set() };

/** New mails are fetched in any case: that they are compared costs a look at the index, and nothing at the source. */
export function missingFrom(vanished: Known[], fresh: Listed[]): Missing {
  const stored = vanished.filter(({ state }) => state === "stored");
  if (stored.length === 0 || fresh.length === 0) return noneMissing;
  return {
    identities: new Set(stored.map(({ id }) => id)),
    mails: new Set(fresh.map(({ number }) => number)),
  };
}
