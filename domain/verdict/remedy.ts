// A remedy names what to type with placeholders; where the account, the domain, the address or this worker are known they
// are filled in. <name>, the receive connector's or mailbox's, stays: only the people there know it.
import { ipAddressIn } from "@/mail/ip-address";

export interface Known {
  /** who signs in; "" for mail without a sign-in */
  account?: string;
  /** the recipient */
  recipient?: string;
  /** how the server greets this worker: "Hello [192.0.2.7]" */
  greetsUs?: string;
}

const anonymous = "NT AUTHORITY\\ANONYMOUS LOGON";

export function filledRemedy(remedy: string, known: Known): string {
  return remedy.replace(/'<([a-z]+)>'|<([a-z]+)>/g, (whole, quoted?: string, bare?: string) => {
    const value = knownOf(quoted ?? bare ?? "", known);
    return value === null ? whole : literal(value);
  });
}

function knownOf(name: string, { account, recipient = "", greetsUs = "" }: Known): string | null {
  switch (name) {
    case "account":
      return account === undefined ? null : account.slice(0, 255) || anonymous;
    case "domain":
      return recipient.slice(recipient.lastIndexOf("@") + 1).slice(0, 255) || null;
    case "address":
      return recipient.slice(0, 320) || null;
    case "worker":
      return addressIn(greetsUs);
    default:
      return null;
  }
}

/** The address in "Hello [192.0.2.7]", or null. */
export const addressIn = (greetsUs: string): string | null => ipAddressIn(greetsUs.slice(0, 300));

/**
 * A PowerShell string. Typographic single quotes count as quotes there too; what nobody sees (control and format
 * characters, line separators, halves of characters) is left out, so that the command is what it looks like.
 */
export const literal = (text: string): string =>
  `'${text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}‘’‚‛]/gu, "").replaceAll("'", "''")}'`;
