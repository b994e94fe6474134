// SMTP, the sending side (RFC 5321, 1870, 2920, 3207, 4954, 6152, 6531): one connection that is used for many mails.
import type { Reply, Stage } from "./reply";
import type { Accepted, CertificateFacts, OnWire, TlsWish, WireFaultKind } from "./wire";

export interface SmtpSettings {
  /** as the tenant typed it, for messages */
  host: string;
  /** resolved once and checked; the connection goes here */
  address: string;
  /** further addresses of the host, each checked: tried in order when the one before can't be reached */
  others?: string[];
  port: number;
  tls: "off" | "allow" | "require" | "implicit";
  wish: TlsWish;
  /** for connecting, the TLS handshake, each reply, each stalled write */
  timeoutMs: number;
  /** the answer to the mail's end is waited for at least this long (600,000) */
  dotTimeoutMs: number;
  heloName: string;
  username: string;
  password: string | null;
}

export interface SmtpFacts {
  greeting: string;
  /** how EHLO's answer names us, as far as it does: "Hello [192.0.2.7]" */
  greetsUs: string;
  extensions: string[];
  /** SIZE, octets; null when not offered or 0 */
  sizeLimit: number | null;
  starttlsOffered: boolean;
  encrypted: boolean;
  certificate: CertificateFacts | null;
  accepted: Accepted | null;
}

export interface SmtpEnvelope {
  /** envelope sender; "" is the null sender */
  sender: string;
  recipients: string[];
  /** octets as stored, line ends CRLF, before dot-stuffing */
  size: number;
  eightBit: boolean;
}

export interface SmtpMail extends SmtpEnvelope {
  /** canonical bytes; the caller guarantees CRLF line ends */
  body: () => AsyncIterable<Buffer>;
  /** committed before the final dot is written; gets the recipients that were taken. Throwing ends the connection before the dot. */
  beforeDot?: (taken: string[]) => Promise<void>;
}

export interface Refused {
  recipient: string;
  reply: Reply;
}

/** What became of one mail. Every recipient is in exactly one of the lists. */
export type SendResult =
  /** `accepted` were taken at RCPT and the dot was answered with 2xx */
  | { kind: "accepted"; accepted: string[]; refused: Refused[]; reply: Reply }
  /** no mail was sent: MAIL, every RCPT, DATA or the dot was refused. `stage` and `reply` of the refusal that ended it. */
  | { kind: "refused"; stage: Stage; reply: Reply; taken: string[]; refused: Refused[] }
  /** cannot be sent as it is, and nothing was tried: "size" (limit in octets) or "smtputf8" */
  | { kind: "unsendable"; why: "size" | "smtputf8"; limit?: number };

/** The connection failed. `dotPending`: the final dot may have reached the server, so the mail may have been taken. */
export class SmtpFault extends Error {
  constructor(
    readonly stage: Stage,
    readonly kind: WireFaultKind | "reply",
    message: string,
    /** the reply that ended it, for kind "reply" (a refusal before MAIL, or 421 at any time) */
    readonly reply: Reply | null,
    readonly dotPending: boolean,
    readonly certificate: CertificateFacts | null = null,
  ) {
    super(message);
    this.name = "SmtpFault";
  }
}

/**
 * An envelope that had followed another mail's dot found no answer, or none that is about it: the server ended the connection behind that
 * mail, as it may behind any, or it doesn't do what PIPELINING promises. This mail was never tried; better not to go ahead there again.
 */
export class Unanswered extends Error {
  constructor(readonly fault: SmtpFault) {
    super(fault.message);
    this.name = "Unanswered";
  }
}

export interface SmtpConnection {
  readonly facts: SmtpFacts;
  /** false once the server closed the connection or said something unasked, like 421 after idling: take a new one */
  readonly usable: boolean;
  /**
   * `next` is asked when the dot is written: its envelope follows at once where the server has PIPELINING (RFC 2920), and then only that
   * mail may be sent next. Throws SmtpFault, Unanswered, or what `body` or `beforeDot` threw; after that the connection is gone.
   */
  send(mail: SmtpMail, next?: () => SmtpEnvelope | null): Promise<SendResult>;
  /** RCPT alone, then RSET: for probes */
  tryRecipient(sender: string, recipient: string): Promise<Reply>;
  /** QUIT, then closed; without QUIT where an envelope was sent ahead, since a mail is expected then */
  quit(): Promise<void>;
  destroy(): void;
}

export interface SmtpOptions {
  onWire?: OnWire;
  signal?: AbortSignal;
}

/** Connects, greets, secures, signs in. Throws SmtpFault. */
export type ConnectSmtp = (settings: SmtpSettings, options?: SmtpOptions) => Promise<SmtpConnection>;
