// A source is a mailbox at a provider, by POP3 or IMAP. The worker talks to both through this one interface.
import type { OnWire, TlsWish } from "./wire";

export interface SourceSettings {
  protocol: "pop3" | "imap";
  /** as the tenant typed it */
  host: string;
  /** resolved once and checked; the connection goes here */
  address: string;
  port: number;
  tls: "off" | "starttls" | "implicit";
  wish: TlsWish;
  username: string;
  password: string;
  folder: string;
  timeoutMs: number;
}

/** A mail as the listing names it. */
export interface Listed {
  /** message number of this session (POP3), or the UID again (IMAP) */
  number: number;
  /** UIDL, or UID; null when the server has no UIDL */
  uid: string | null;
  /** octets as LIST or RFC822.SIZE say; servers lie */
  size: number;
  /** INTERNALDATE (IMAP); null for POP3 */
  receivedAt: Date | null;
}

export interface Listing {
  /** UIDVALIDITY; "" for POP3 */
  epoch: string;
  mails: Listed[];
  /** no UIDL, or the same one twice in this listing */
  uidsUsable: boolean;
  /** the server told of fewer mails than it says there are: what this lacks is not gone */
  incomplete?: boolean;
}

export interface SourceFacts {
  capabilities: string[];
  /** TOP (POP3); always true for IMAP */
  canPeek: boolean;
  /** UIDPLUS, and the folder may be written (IMAP); always true for POP3 */
  canDelete: boolean;
  /** this user may not delete in this folder (IMAP) */
  readOnly: boolean;
  greeting: string;
}

/** One mail of a fetch: its bytes as they arrive (dot-unstuffed, otherwise untouched), or why there are none. */
export interface Fetched {
  mail: Listed;
  /** must be read to its end, or abandoned by ending the session with abort() */
  bytes: AsyncIterable<Buffer>;
}

export type SourceFaultKind =
  | "refused" // user name or password
  | "busy" // [IN-USE], [LOGIN-DELAY], [SYS/TEMP], UNAVAILABLE
  | "unreachable" // no connection, cut, timeout, DNS
  | "tls" // handshake failed, StartTLS not offered
  | "certificate"
  | "protocol" // the server said something that makes no sense
  | "folder" // no such folder
  | "mail"; // this one mail could not be had; the session goes on

export class SourceFault extends Error {
  constructor(
    readonly kind: SourceFaultKind,
    /** a sentence for people */
    message: string,
    /** the server's own words, bounded */
    readonly reply = "",
    readonly facts: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = "SourceFault";
  }
}

export interface SourceSession {
  readonly facts: SourceFacts;
  list(): Promise<Listing>;
  /** header blocks alone, never marking anything as read or retrieved (TOP n 0, BODY.PEEK[HEADER]) */
  peek(mails: Listed[]): AsyncIterable<{ mail: Listed; header: Buffer } | { mail: Listed; fault: SourceFault }>;
  /** bodies in the given order, pipelined where the server allows; a fault of one mail is yielded, not thrown */
  fetch(mails: Listed[]): AsyncIterable<Fetched | { mail: Listed; fault: SourceFault }>;
  /** marks for deletion; nothing is deleted before commit() */
  markDeleted(mails: Listed[]): Promise<void>;
  /** QUIT and its +OK (POP3); UID EXPUNGE of our UIDs, LOGOUT (IMAP). Deletions count only when this resolves. */
  commit(): Promise<void>;
  /** closes the connection without QUIT: nothing is deleted */
  abort(): void;
}

export interface OpenOptions {
  onWire?: OnWire;
  signal?: AbortSignal;
  /** IMAP: open read-only (tests) */
  readOnly?: boolean;
}
export type OpenSource = (settings: SourceSettings, options?: OpenOptions) => Promise<SourceSession>;
