// The wire: one TCP connection with deadlines, lines in, bytes out, TLS by the rules of behaviour. Shared by POP3 and SMTP.
import net from "node:net";
import tls from "node:tls";
import {
  type Accepted,
  type CertificateFacts,
  factsOf,
  judge,
  type TlsWish,
  tlsOptions,
  tlsWords,
} from "./certificate";

export { type Accepted, type CertificateFacts, judge, noTlsHere, type TlsWish } from "./certificate";

/** What people see of a conversation, as it happens. Secrets never enter one. */
export interface WireEvent {
  kind: "step" | "sent" | "got" | "ok" | "fail" | "note" | "certificate";
  text: string;
  facts?: Record<string, unknown>;
}
export type OnWire = (event: WireEvent) => void;

export type WireFaultKind = "unreachable" | "timeout" | "cut" | "tls" | "certificate" | "protocol" | "aborted";

/** The connection failed, or the other side broke the protocol. `words` are the other side's or the system's own. */
export class WireFault extends Error {
  constructor(
    readonly kind: WireFaultKind,
    message: string,
    readonly certificate?: CertificateFacts,
  ) {
    super(message);
    this.name = "WireFault";
  }
}

const maxLine = 64 * 1024;

export class Wire {
  tlsFacts: CertificateFacts | null = null;
  private socket: net.Socket;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private ended: WireFault | null = null;
  private wake: (() => void) | null = null;
  private detach: () => void = () => {};
  private lastWrite: Promise<void> = Promise.resolve();
  private readonly forget: () => void;

  private constructor(
    socket: net.Socket,
    private readonly timeoutMs: number,
    signal?: AbortSignal,
  ) {
    this.socket = socket;
    this.attach(socket);
    // One signal outlives thousands of connections: each takes its listener away when it ends.
    const abort = () => this.end(stopped());
    this.forget = () => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
  }

  /** Connects to an address that was already resolved and checked. Throws WireFault after `timeoutMs` or when refused. */
  static connect(target: { address: string; port: number }, timeoutMs: number, signal?: AbortSignal): Promise<Wire> {
    if (signal?.aborted) return Promise.reject(stopped());
    return new Promise((done, failed) => {
      const socket = net.connect({ host: target.address, port: target.port, noDelay: true, keepAlive: true });
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        socket.off("error", refused);
      };
      const fail = (fault: WireFault) => {
        settle();
        socket.on("error", () => {});
        socket.destroy();
        failed(fault);
      };
      const refused = (error: NodeJS.ErrnoException) => fail(new WireFault("unreachable", systemWords(error)));
      const abort = () => fail(stopped());
      const late = () => fail(new WireFault("timeout", `no connection within ${seconds(timeoutMs)}`));
      const timer = setTimeout(late, timeoutMs);
      signal?.addEventListener("abort", abort, { once: true });
      socket.once("error", refused);
      socket.once("connect", () => {
        settle();
        done(new Wire(socket, timeoutMs, signal));
      });
    });
  }

  get encrypted(): boolean {
    return this.tlsFacts !== null;
  }

  /** Bytes that arrived and were not read yet: anything here before a TLS handshake is an injection and is dropped. */
  get unread(): number {
    return this.pendingBytes;
  }

  /** Whether the connection still stands, as far as this side knows. */
  get open(): boolean {
    return this.ended === null;
  }

  /** Hands the connection to TLS. Throws WireFault `tls` or `certificate` (with the facts); never goes on in clear. */
  async startTls(wish: TlsWish): Promise<Accepted> {
    if (this.ended) throw this.ended;
    this.pending = [];
    this.pendingBytes = 0;
    this.detach();
    const secure = await this.handshake(this.socket, wish);
    this.socket = secure;
    this.attach(secure);
    const facts = factsOf(secure, wish.name);
    this.tlsFacts = facts;
    const accepted = judge(facts, wish.certificate);
    if (accepted) return accepted;
    const fault = new WireFault("certificate", facts.problem ?? "another certificate than the trusted one", facts);
    this.end(fault);
    throw fault;
  }

  private handshake(plain: net.Socket, wish: TlsWish): Promise<tls.TLSSocket> {
    return new Promise((done, failed) => {
      plain.on("error", () => {});
      const secure = tls.connect({ socket: plain, ...tlsOptions(wish) });
      const settle = () => {
        clearTimeout(timer);
        this.wake = null;
        secure.off("error", broken);
        secure.off("close", closed);
      };
      const fail = (fault: WireFault) => {
        settle();
        secure.on("error", () => {});
        secure.destroy();
        this.end(fault);
        failed(this.ended ?? fault);
      };
      const broken = (error: NodeJS.ErrnoException) => fail(new WireFault("tls", tlsWords(error)));
      const closed = () =>
        fail(this.ended ?? new WireFault("tls", "the server closed the connection during the TLS handshake"));
      const late = () =>
        fail(new WireFault("timeout", `the TLS handshake did not end within ${seconds(this.timeoutMs)}`));
      const timer = setTimeout(late, this.timeoutMs);
      // An abort ends the wire; the handshake hears of it here.
      this.wake = () => this.ended && fail(this.ended);
      secure.once("error", broken);
      secure.once("close", closed);
      secure.once("secureConnect", () => {
        settle();
        done(secure);
      });
    });
  }

  private attach(socket: net.Socket) {
    const data = (chunk: Buffer) => {
      this.pending.push(chunk);
      this.pendingBytes += chunk.length;
      if (this.pendingBytes > 256 * 1024) socket.pause();
      this.wake?.();
    };
    const error = (fault: NodeJS.ErrnoException) => this.end(new WireFault("cut", systemWords(fault)));
    const over = () => this.end(new WireFault("cut", "the other side closed the connection"));
    socket.on("data", data).on("error", error).on("close", over).on("end", over);
    this.detach = () => {
      socket.off("data", data).off("error", error).off("close", over).off("end", over);
    };
  }

  /** Whatever arrived next, at least one byte. Throws WireFault `timeout` after `timeoutMs` of silence, or `cut`. */
  async read(timeoutMs = this.timeoutMs): Promise<Buffer> {
    return this.readUntil(Date.now() + timeoutMs, timeoutMs);
  }

  private async readUntil(deadline: number, timeoutMs: number): Promise<Buffer> {
    // What arrived before the other side closed is still read; what we ended ourselves is over.
    while (this.pendingBytes === 0 || (this.ended && this.ended.kind !== "cut")) {
      if (this.ended) throw this.ended;
      const left = deadline - Date.now();
      if (left <= 0) throw this.end(new WireFault("timeout", `no answer within ${seconds(timeoutMs)}`));
      await this.woken(left);
    }
    const all = this.pending.length === 1 ? (this.pending[0] as Buffer) : Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    if (!this.ended) this.socket.resume();
    return all;
  }

  private woken(ms: number): Promise<void> {
    return new Promise((done) => {
      const finish = () => {
        clearTimeout(timer);
        this.wake = null;
        done();
      };
      const timer = setTimeout(finish, ms);
      this.wake = finish;
    });
  }

  /** Gives back what a reader did not need. */
  unshift(rest: Buffer): void {
    if (rest.length === 0) return;
    this.pending.unshift(rest);
    this.pendingBytes += rest.length;
  }

  /** One line without its end (CRLF, or a bare LF, which rude servers send). Throws WireFault `protocol` over 64 KiB. */
  async readLine(timeoutMs = this.timeoutMs): Promise<Buffer> {
    const deadline = Date.now() + timeoutMs;
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = await this.readUntil(deadline, timeoutMs);
      const end = chunk.indexOf(10);
      length += end >= 0 ? end : chunk.length;
      if (length > maxLine) {
        throw this.end(new WireFault("protocol", "a line of more than 64 KiB where a reply belongs"));
      }
      if (end >= 0) {
        this.unshift(chunk.subarray(end + 1));
        parts.push(chunk.subarray(0, end));
        const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
        return whole.at(-1) === 13 ? whole.subarray(0, -1) : whole;
      }
      parts.push(chunk);
    }
  }

  /** Writes; waits only while the buffer is full, so that a slow reader holds us back. A stall of `timeoutMs` is a fault. */
  async write(data: Buffer | string): Promise<void> {
    if (this.ended) throw this.ended;
    const taken = new Promise<void>((done, failed) => {
      const full = !this.socket.write(data, (error) => (error ? failed(error) : done()));
      if (full) this.full = true;
    });
    taken.catch(() => {});
    this.lastWrite = taken;
    if (this.full) await this.flush();
  }

  private full = false;

  /** Waits until the system took everything that was written. */
  async flush(): Promise<void> {
    let stall: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, failed) => {
      stall = setTimeout(
        () => failed(this.end(new WireFault("timeout", `nothing was taken for ${seconds(this.timeoutMs)}`))),
        this.timeoutMs,
      );
    });
    try {
      await Promise.race([this.lastWrite, late]);
      this.full = false;
    } catch (error) {
      throw this.ended ?? this.end(new WireFault("cut", systemWords(error as NodeJS.ErrnoException)));
    } finally {
      clearTimeout(stall);
    }
  }

  /** Closes at once, without a word. */
  destroy(): void {
    this.end(new WireFault("aborted", "closed by us"));
  }

  /** The first fault stays the reason. After a cut the socket lives until what arrived was read; else it goes at once. */
  private end(fault: WireFault): WireFault {
    this.ended ??= fault;
    this.forget();
    if (fault.kind !== "cut" || this.socket.destroyed) this.socket.destroy();
    this.wake?.();
    return this.ended;
  }
}

const stopped = () => new WireFault("aborted", "stopped");
const seconds = (ms: number): string => `${ms < 1000 ? ms / 1000 : Math.round(ms / 1000)} s`;

const systemWords = (error: NodeJS.ErrnoException): string => {
  const code = error.code ?? "";
  const words: Record<string, string> = {
    ECONNREFUSED: "the connection was refused",
    ECONNRESET: "the other side broke the connection",
    EPIPE: "the other side closed the connection",
    ETIMEDOUT: "no answer from that address",
    EHOSTUNREACH: "there is no way to that address",
    ENETUNREACH: "there is no way to that network",
    ERR_STREAM_DESTROYED: "the other side closed the connection",
  };
  return words[code] ?? (code || error.message).slice(0, 200);
};
