// The wire: one TCP connection with deadlines, lines in, bytes out, TLS by the rules of behaviour. Shared by POP3 and SMTP.
import net from "node:net";
import tls from "node:tls";

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

export interface CertificateFacts {
  subject: string;
  issuer: string;
  names: string[];
  validFrom: string;
  /** ISO 8601 UTC */
  validTo: string;
  /** SHA-256 of the leaf, 64 hexadecimal digits */
  fingerprint: string;
  selfSigned: boolean;
  /** whether this system's authorities vouch for it, for the name asked for */
  verified: boolean;
  /** why not, in words; null when verified */
  problem: string | null;
  tlsVersion: string;
}

export interface TlsWish {
  /** any | system | sha256:<hex> */
  certificate: string;
  /** the name that `system` checks */
  name: string;
  oldest: "1.0" | "1.2";
  /** further authorities in PEM, for tests and private authorities */
  authorities?: string[];
}

/** How a certificate was accepted. `system-instead-of-pin`: another one than pinned, but `system` verifies it for the name. */
export type Accepted = "any" | "system" | "pin" | "system-instead-of-pin";

const maxLine = 64 * 1024;

export class Wire {
  tlsFacts: CertificateFacts | null = null;
  private socket: net.Socket;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private ended: WireFault | null = null;
  private wake: (() => void) | null = null;

  private constructor(
    socket: net.Socket,
    private readonly timeoutMs: number,
    signal?: AbortSignal,
  ) {
    this.socket = socket;
    this.attach(socket);
    signal?.addEventListener("abort", () => this.end(new WireFault("aborted", "stopped")), { once: true });
    if (signal?.aborted) this.end(new WireFault("aborted", "stopped"));
  }

  /** Connects to an address that was already resolved and checked. Throws WireFault after `timeoutMs` or when refused. */
  static connect(target: { address: string; port: number }, timeoutMs: number, signal?: AbortSignal): Promise<Wire> {
    return new Promise((done, failed) => {
      const socket = net.connect({ host: target.address, port: target.port, noDelay: true });
      const fail = (fault: WireFault) => {
        clearTimeout(timer);
        socket.destroy();
        failed(fault);
      };
      const timer = setTimeout(
        () => fail(new WireFault("timeout", `no connection within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      const abort = () => fail(new WireFault("aborted", "stopped"));
      signal?.addEventListener("abort", abort, { once: true });
      socket.once("error", (error: NodeJS.ErrnoException) =>
        fail(new WireFault("unreachable", error.code ?? error.message)),
      );
      socket.once("connect", () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        socket.removeAllListeners("error");
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

  /** Hands the connection to TLS. Throws WireFault `tls` or `certificate` (with the facts); never goes on in clear. */
  async startTls(wish: TlsWish): Promise<Accepted> {
    this.pending = [];
    this.pendingBytes = 0;
    const plain = this.socket;
    plain.removeAllListeners("data");
    const secure = await this.handshake(plain, wish);
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
      const secure = tls.connect({
        socket: plain,
        ...(net.isIP(wish.name) === 0 && wish.name !== "" ? { servername: wish.name } : {}),
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        minVersion: wish.oldest === "1.0" ? "TLSv1" : "TLSv1.2",
        ...(wish.oldest === "1.0" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
        ...(wish.authorities ? { ca: [...tls.rootCertificates, ...wish.authorities] } : {}),
      });
      const fail = (fault: WireFault) => {
        clearTimeout(timer);
        secure.destroy();
        this.end(fault);
        failed(fault);
      };
      const timer = setTimeout(
        () => fail(new WireFault("timeout", `the TLS handshake did not end within ${this.timeoutMs / 1000} s`)),
        this.timeoutMs,
      );
      secure.once("error", (error: NodeJS.ErrnoException) => fail(new WireFault("tls", tlsWords(error))));
      secure.once("close", () =>
        fail(new WireFault("tls", "the server closed the connection during the TLS handshake")),
      );
      secure.once("secureConnect", () => {
        clearTimeout(timer);
        secure.removeAllListeners("error");
        secure.removeAllListeners("close");
        done(secure);
      });
    });
  }

  private attach(socket: net.Socket) {
    socket.on("data", (data: Buffer) => {
      this.pending.push(data);
      this.pendingBytes += data.length;
      if (this.pendingBytes > 256 * 1024) socket.pause();
      this.wake?.();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => this.end(new WireFault("cut", error.code ?? error.message)));
    socket.on("close", () => this.end(new WireFault("cut", "the other side closed the connection")));
    socket.on("end", () => this.end(new WireFault("cut", "the other side closed the connection")));
  }

  /** Whatever arrived next, at least one byte. Throws WireFault `timeout` after `timeoutMs` of silence, or `cut`. */
  async read(timeoutMs = this.timeoutMs): Promise<Buffer> {
    const deadline = Date.now() + timeoutMs;
    while (this.pendingBytes === 0) {
      if (this.ended) throw this.ended;
      const left = deadline - Date.now();
      if (left <= 0) {
        const fault = new WireFault("timeout", `no answer within ${Math.round(timeoutMs / 1000)} s`);
        this.end(fault);
        throw fault;
      }
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
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        done();
      };
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
      const chunk = await this.read(Math.max(1, deadline - Date.now()));
      const end = chunk.indexOf(10);
      if (end >= 0) {
        this.unshift(chunk.subarray(end + 1));
        parts.push(chunk.subarray(0, end));
        const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
        return whole.at(-1) === 13 ? whole.subarray(0, -1) : whole;
      }
      parts.push(chunk);
      length += chunk.length;
      if (length > maxLine) {
        const fault = new WireFault("protocol", "a line of more than 64 KiB where a reply belongs");
        this.end(fault);
        throw fault;
      }
    }
  }

  /** Writes and waits until the system took it; a write that stalls for `timeoutMs` is a fault. */
  write(data: Buffer | string): Promise<void> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((done, failed) => {
      const timer = setTimeout(() => {
        const fault = new WireFault("timeout", `nothing was taken for ${Math.round(this.timeoutMs / 1000)} s`);
        this.end(fault);
        failed(fault);
      }, this.timeoutMs);
      const finish = (error?: Error | null) => {
        clearTimeout(timer);
        if (error) failed(this.ended ?? new WireFault("cut", (error as NodeJS.ErrnoException).code ?? error.message));
        else done();
      };
      // Small writes complete at once; a full buffer waits for its drain.
      if (this.socket.write(data, (error) => error && finish(error))) finish();
      else {
        this.socket.once("drain", () => finish());
        this.socket.once("close", () => finish(new Error("closed")));
      }
    });
  }

  /** Closes at once, without a word. */
  destroy(): void {
    this.end(new WireFault("aborted", "closed by us"));
  }

  private end(fault: WireFault) {
    this.ended ??= fault;
    if (fault.kind !== "cut" || this.socket.destroyed) this.socket.destroy();
    this.wake?.();
  }
}

/** Which rule accepts this certificate, or null. */
export function judge(facts: CertificateFacts, rule: string): Accepted | null {
  if (rule === "any") return "any";
  if (rule === "system") return facts.verified ? "system" : null;
  if (rule === `sha256:${facts.fingerprint}`) return "pin";
  return facts.verified ? "system-instead-of-pin" : null;
}

function factsOf(socket: tls.TLSSocket, name: string): CertificateFacts {
  const leaf = socket.getPeerCertificate();
  const chainFault = socket.authorized ? null : String(socket.authorizationError ?? "not verified");
  const nameFault = leaf.raw ? tls.checkServerIdentity(name, leaf) : new Error("no certificate");
  const problem = chainFault ? chainWords(chainFault) : nameFault ? `it is not made for the name ${name}` : null;
  const joined = (who: object | undefined) =>
    Object.entries(who ?? {})
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(", ")
      .slice(0, 300);
  return {
    subject: joined(leaf.subject),
    issuer: joined(leaf.issuer),
    names: (leaf.subjectaltname ?? "").split(", ").filter(Boolean).slice(0, 50),
    validFrom: leaf.valid_from ? new Date(leaf.valid_from).toISOString() : "",
    validTo: leaf.valid_to ? new Date(leaf.valid_to).toISOString() : "",
    fingerprint: (leaf.fingerprint256 ?? "").replaceAll(":", "").toLowerCase(),
    selfSigned: chainFault === "DEPTH_ZERO_SELF_SIGNED_CERT",
    verified: problem === null,
    problem,
    tlsVersion: (socket.getProtocol() ?? "").replace("TLSv", "TLS "),
  };
}

const chainWords = (code: string): string =>
  ({
    DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
    SELF_SIGNED_CERT_IN_CHAIN: "its authority is not known to this system",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its authority is not known to this system",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its authority is not known to this system",
    CERT_HAS_EXPIRED: "it has expired",
    CERT_NOT_YET_VALID: "it is not valid yet",
  })[code] ?? code;

function tlsWords(error: NodeJS.ErrnoException): string {
  const text = error.message;
  if (/wrong version number|packet length too long|unexpected message|http request/i.test(text))
    return "the server does not speak TLS here";
  if (/unsupported protocol|protocol version|version too low|inappropriate fallback/i.test(text))
    return "the server offers no TLS version that is allowed here";
  if (/no shared cipher|handshake failure/i.test(text)) return "server and Mailferry share no cipher";
  return (error.code ?? text).slice(0, 200);
}
