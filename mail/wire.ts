// The wire: one TCP connection with deadlines, lines in, bytes out, TLS by the rules of behaviour. Shared by POP3 and SMTP.
import type net from "node:net";
import { type Accepted, type CertificateFacts, factsOf, judge, type TlsWish } from "./certificate";
import { seconds, stopped, systemWords, WireFault } from "./wire-fault";
import { dial, handshake } from "./wire-open";

export { type Accepted, type CertificateFacts, noTlsHere, type TlsWish } from "./certificate";
export { type OnWire, type WireEvent, WireFault, type WireFaultKind } from "./wire-fault";

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
  /** the system takes no more for now */
  private full = false;
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

  /** Connects to an address that was already resolved and checked. Throws WireFault after `connectMs` or when refused. */
  static async connect(
    target: { address: string; port: number },
    timeoutMs: number,
    signal?: AbortSignal,
    connectMs = timeoutMs,
  ): Promise<Wire> {
    return new Wire(await dial(target, connectMs, signal), timeoutMs, signal);
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
    // An abort ends the wire; the handshake hears of it here.
    const stoppable = (stop: (fault: WireFault) => void) => {
      this.wake = () => this.ended && stop(this.ended);
    };
    const secure = await handshake(this.socket, wish, this.timeoutMs, stoppable)
      .catch((fault: WireFault) => Promise.reject(this.end(fault)))
      .finally(() => {
        this.wake = null;
      });
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

  /**
   * Lets in what has arrived by now. A write to a connection that was reset fails at once, and Node then drops the words
   * that the server said before it hung up: RFC 5321 §3.8 lets it refuse in the middle, and those words are the reason.
   */
  async look(): Promise<void> {
    // Two turns: between them the event loop has asked for what arrived, whatever phase this began in.
    await new Promise((done) => setImmediate(() => setImmediate(done)));
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
