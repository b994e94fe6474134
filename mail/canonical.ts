// The canonical form of a mail: made once while it streams in, hashed on the way, and never changed again.
import { isAscii } from "node:buffer";
import { createHash } from "node:crypto";

export interface CanonicalFacts {
  /** octets of the canonical form */
  size: number;
  /** SHA-256 of all canonical bytes: the identity at the source */
  canonicalHash: string;
  /** SHA-256 of the header block alone, the same as `headerHashOf` of an answer to TOP n 0 or BODY.PEEK[HEADER] */
  headerHash: string;
  /** SHA-256 of everything but the trace headers: equal for two copies that travelled different ways */
  contentHash: string;
  /** octets of the header block, without the empty line after it */
  headerLength: number;
  /** has octets above 127 */
  eightBit: boolean;
}

/** At most this much of a header block is kept for reading; hashes cover all of it. */
export const headerBound = 1024 * 1024;

const cr = 13;
const lf = 10;
const crlf = Buffer.from("\r\n");
const nothing = Buffer.alloc(0);
/** Longer than any trace header's name with its colon. */
const nameBound = 64;

// What the way adds to a mail: RFC 5321 §4.4, RFC 8601 §4.1 and RFC 7208 §9.1 (results are trace fields), RFC 8617, and
// the names in which providers write the envelope's recipient.
const traceHeaders = new Set([
  "return-path",
  "received",
  "x-received",
  "received-spf",
  "authentication-results",
  "arc-seal",
  "arc-message-signature",
  "arc-authentication-results",
  "delivered-to",
  "x-delivered-to",
  "x-original-to",
  "original-recipient",
  "envelope-to",
  "x-envelope-to",
  "x-envelope-from",
  "x-rcpt-to",
  "x-real-to",
  "x-apparently-to",
  "x-forwarded-to",
  "x-forwarded-for",
  "x-uidl",
]);

/**
 * Bare CR and bare LF become CRLF, a missing last line end is added, everything else stays (NUL and 8-bit too).
 * The header block ends before the first empty line; that line belongs to the rest, because servers differ in whether
 * they send it for a mail that has no body (RFC 1939 TOP, RFC 9051 §6.4.5.1).
 */
export class Canonical {
  private readonly whole = createHash("sha256");
  private readonly head = createHash("sha256");
  private readonly content = createHash("sha256");
  private heldCr = false;
  private size = 0;
  private eightBit = false;
  private atLineStart = true;
  private inHeader = true;
  private skipping = false;
  /** first octets of a header line whose name is not complete yet */
  private undecided = nothing;
  private headerLength = 0;
  private kept: Buffer[] = [];
  private keptBytes = 0;
  private facts: CanonicalFacts | null = null;

  /** The canonical bytes that are certain so far. May be the chunk itself: don't change it afterwards. */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return nothing;
    return this.account(this.lineEnds(chunk));
  }

  /** The last bytes, if any. */
  end(): Buffer {
    if (this.heldCr) {
      this.heldCr = false;
      return this.finish(this.account(crlf));
    }
    return this.finish(this.size > 0 && !this.atLineStart ? this.account(crlf) : nothing);
  }

  /** The header block without the empty line, once it is complete or reaches its bound; null before. */
  get header(): Buffer | null {
    if (this.inHeader && this.keptBytes < headerBound) return null;
    if (this.kept.length > 1) this.kept = [Buffer.concat(this.kept)];
    return this.kept[0] ?? nothing;
  }

  /** Only after end(). */
  result(): CanonicalFacts {
    if (!this.facts) throw new Error("Canonical: result() before end()");
    return this.facts;
  }

  private finish(last: Buffer): Buffer {
    if (this.undecided.length > 0) this.decide(this.undecided);
    this.inHeader = false;
    this.facts ??= {
      size: this.size,
      canonicalHash: this.whole.digest("hex"),
      headerHash: this.head.digest("hex"),
      contentHash: this.content.digest("hex"),
      headerLength: this.headerLength,
      eightBit: this.eightBit,
    };
    return last;
  }

  /** A CR at the end of a chunk waits for the next one, so a CRLF is never torn apart in what is given out. */
  private lineEnds(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    let from = 0;
    if (this.heldCr) {
      this.heldCr = false;
      out.push(crlf);
      if (chunk[0] === lf) from = 1;
    }
    let nextCr = chunk.indexOf(cr, from);
    let nextLf = chunk.indexOf(lf, from);
    while (nextCr >= 0 || nextLf >= 0) {
      if (nextCr >= 0 && nextLf === nextCr + 1) {
        nextCr = chunk.indexOf(cr, nextLf + 1);
        nextLf = chunk.indexOf(lf, nextLf + 1);
      } else if (nextCr === chunk.length - 1 && nextLf < 0) {
        this.heldCr = true;
        out.push(chunk.subarray(from, nextCr));
        from = chunk.length;
        break;
      } else {
        const bare = nextLf < 0 || (nextCr >= 0 && nextCr < nextLf) ? nextCr : nextLf;
        out.push(chunk.subarray(from, bare), crlf);
        from = bare + 1;
        if (bare === nextCr) nextCr = chunk.indexOf(cr, from);
        else nextLf = chunk.indexOf(lf, from);
      }
    }
    if (from < chunk.length) out.push(from === 0 ? chunk : chunk.subarray(from));
    return out.length === 1 ? (out[0] ?? nothing) : Buffer.concat(out);
  }

  private account(out: Buffer): Buffer {
    if (out.length === 0) return out;
    this.size += out.length;
    this.whole.update(out);
    if (!this.eightBit && !isAscii(out)) this.eightBit = true;
    const bodyAt = this.inHeader ? this.readHeader(out) : 0;
    if (bodyAt < out.length) this.content.update(bodyAt === 0 ? out : out.subarray(bodyAt));
    this.atLineStart = out[out.length - 1] === lf;
    return out;
  }

  /** Takes header lines; returns where the body (with its empty line) begins in `out`. */
  private readHeader(out: Buffer): number {
    let at = 0;
    while (at < out.length) {
      const end = out.indexOf(lf, at);
      const stop = end < 0 ? out.length : end + 1;
      const part = out.subarray(at, stop);
      if (this.atLineStart && part.length === 2 && end >= 0 && part[0] === cr) {
        this.inHeader = false;
        break;
      }
      this.headerPart(part, end >= 0);
      this.atLineStart = end >= 0;
      at = stop;
    }
    if (at > 0) {
      const header = out.subarray(0, at);
      this.head.update(header);
      this.headerLength += at;
      this.keep(header);
    }
    return at;
  }

  private headerPart(part: Buffer, complete: boolean) {
    const first = part[0];
    if (this.atLineStart && first !== 32 && first !== 9) {
      if (complete || part.length >= nameBound || part.includes(58)) this.decide(part);
      else this.undecided = Buffer.from(part);
    } else if (this.undecided.length > 0) {
      const line = Buffer.concat([this.undecided, part]);
      if (complete || line.length >= nameBound || part.includes(58)) this.decide(line);
      else this.undecided = line;
    } else if (!this.skipping) this.content.update(part);
  }

  private decide(line: Buffer) {
    this.undecided = nothing;
    const name = line.toString("latin1", 0, Math.min(line.length, nameBound));
    const colon = name.indexOf(":");
    this.skipping = colon > 0 && traceHeaders.has(name.slice(0, colon).trimEnd().toLowerCase());
    if (!this.skipping) this.content.update(line);
  }

  private keep(header: Buffer) {
    const room = headerBound - this.keptBytes;
    if (room <= 0) return;
    // A copy: what arrives is often a window on a far larger network buffer.
    const part = Buffer.from(header.subarray(0, room));
    this.kept.push(part);
    this.keptBytes += part.length;
  }
}

/** The `headerHash` of the mail whose header block (TOP n 0, BODY.PEEK[HEADER]) this is, with or without its empty line. */
export function headerHashOf(topAnswer: Buffer): string {
  const canonical = new Canonical();
  canonical.push(topAnswer);
  canonical.end();
  return canonical.result().headerHash;
}
