// Where all mails end: an SMTP server that takes everything, and knows of each whether it came, how often, and unchanged. It
// goes through what it is sent once, chunk by chunk, so that it costs a contender as little as a server can.
import { createHash, type Hash } from "node:crypto";
import net from "node:net";
import tls from "node:tls";

export interface Counts {
  expected: number;
  arrived: number;
  missing: number;
  /** copies beyond the first */
  doubled: number;
  /** what is behind the header is not what was sent */
  changed: number;
  /** the header is not what was sent, from the mark's line on */
  rewritten: number;
  /** mails without a mark that was expected: notices, bounces */
  others: number;
}

/** What is compared of a mail: SHA-256 of its header from the mark's line on, and of what is behind the header. */
export interface Prints {
  head: string;
  body: string;
}

export type Expected = readonly (readonly [mark: string, prints: Prints])[];

/** What came, beside what was to come. */
export class Tally {
  private readonly expected: Map<string, Prints>;
  private readonly arrived = new Set<string>();
  private readonly changed = new Set<string>();
  private readonly rewritten = new Set<string>();
  private doubled = 0;
  private others = 0;

  constructor(expected: Expected) {
    this.expected = new Map(expected);
  }

  arrive(mark: string | null, { head, body }: Prints): void {
    const wanted = mark === null ? undefined : this.expected.get(mark);
    if (mark === null || wanted === undefined) {
      this.others += 1;
      return;
    }
    if (this.arrived.has(mark)) this.doubled += 1;
    this.arrived.add(mark);
    if (body !== wanted.body) this.changed.add(mark);
    if (head !== wanted.head) this.rewritten.add(mark);
  }

  get complete(): boolean {
    return this.arrived.size === this.expected.size;
  }

  counts(): Counts {
    const { size: expected } = this.expected;
    const { size: arrived } = this.arrived;
    const { size: changed } = this.changed;
    const { size: rewritten } = this.rewritten;
    const { doubled, others } = this;
    return { expected, arrived, missing: expected - arrived, doubled, changed, rewritten, others };
  }
}

export interface SinkOptions {
  /** offers STARTTLS */
  certificate?: { key: string; cert: string } | undefined;
  /** a mail was taken; its answer is about to leave */
  took: (mark: string | null, prints: Prints) => void;
}

/** The server, on a free port of loopback. */
export async function serveSink(options: SinkOptions): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    new Session(socket, options).begin();
  });
  await new Promise<void>((done) => server.listen({ port: 0, host: "127.0.0.1", backlog: 1000 }, done));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const name = "sink.peer.example";
const longestLine = 4096;

class Session {
  private line: Buffer = Buffer.alloc(0);
  private mail: MailEnd | null = null;
  private answers = "";
  private secured = false;

  constructor(
    private socket: net.Socket,
    private readonly options: SinkOptions,
  ) {}

  begin(): void {
    this.attach(this.socket);
    this.socket.write(`220 ${name} ESMTP ready\r\n`);
  }

  private attach(socket: net.Socket) {
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => this.take(chunk));
  }

  /** What was sent together is answered together. */
  private take(chunk: Buffer) {
    for (let rest = chunk; rest.length > 0; ) rest = this.mail ? this.takeMail(this.mail, rest) : this.takeLine(rest);
    if (this.answers === "") return;
    this.socket.write(this.answers);
    this.answers = "";
  }

  private takeMail(mail: MailEnd, chunk: Buffer): Buffer {
    const rest = mail.take(chunk);
    if (rest === null) return chunk.subarray(chunk.length);
    this.mail = null;
    this.options.took(mail.mark, mail.prints());
    this.answers += "250 2.0.0 taken\r\n";
    return rest;
  }

  private takeLine(chunk: Buffer): Buffer {
    const end = chunk.indexOf(10);
    const part = end < 0 ? chunk : chunk.subarray(0, end);
    this.line = this.line.length === 0 ? part : Buffer.concat([this.line, part]);
    if (this.line.length > longestLine) this.socket.destroy();
    if (end < 0 || this.socket.destroyed) return chunk.subarray(chunk.length);
    const words = this.line.toString("latin1").trimEnd();
    this.line = Buffer.alloc(0);
    return this.command(words) === "begin TLS" ? chunk.subarray(chunk.length) : chunk.subarray(end + 1);
  }

  private command(words: string): "begin TLS" | undefined {
    const verb = words.split(/[ :]/, 1)[0]?.toUpperCase();
    switch (verb) {
      case "EHLO":
        this.answers += this.offers();
        return;
      case "DATA":
        this.mail = new MailEnd();
        this.answers += "354 end with a dot\r\n";
        return;
      case "STARTTLS":
        if (!this.options.certificate || this.secured) break;
        this.secure(this.options.certificate);
        return "begin TLS";
      case "QUIT":
        this.socket.end(`${this.answers}221 2.0.0 bye\r\n`);
        this.answers = "";
        return;
      case "HELO":
      case "MAIL":
      case "RCPT":
      case "RSET":
      case "NOOP":
        this.answers += "250 2.0.0 ok\r\n";
        return;
    }
    this.answers += "502 5.5.1 not known here\r\n";
  }

  private offers(): string {
    const startTls = this.options.certificate && !this.secured ? ["STARTTLS"] : [];
    const lines = [name, "PIPELINING", "SIZE 104857600", ...startTls, "ENHANCEDSTATUSCODES", "8BITMIME"];
    return lines.map((line, n) => `250${n < lines.length - 1 ? "-" : " "}${line}\r\n`).join("");
  }

  private secure(certificate: { key: string; cert: string }) {
    this.secured = true;
    const plain = this.socket;
    plain.removeAllListeners("data");
    plain.write("220 2.0.0 begin\r\n");
    this.socket = new tls.TLSSocket(plain, { isServer: true, ...certificate });
    this.attach(this.socket);
  }
}

const [lf, cr, dot] = [10, 13, 46];
const longestHeader = 65_536;
const field = Buffer.from("\r\nX-Mark: ");
/** SHA-256, in hexadecimal digits. */
export const printOf = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

/** What follows DATA. What stands in front of the mark's line is somebody's trace and not looked at. */
export class MailEnd {
  mark: string | null = null;
  private head = "";
  private readonly body: Hash = createHash("sha256");
  /** where the next octet stands: inside a line, at its beginning, behind a dot there, behind a dot and a CR */
  private place: "inside" | "begin" | "dot" | "dot cr" = "begin";
  /** the header until it is whole; null from then on. The line end in front lets the mark stand in the first line too. */
  private header: Buffer | null = Buffer.from("\r\n");

  /** What follows the mail, or null when it goes on. */
  take(chunk: Buffer): Buffer | null {
    let at = 0;
    while (at < chunk.length) {
      switch (this.place) {
        case "begin":
          this.place = chunk[at] === dot ? "dot" : "inside";
          if (this.place === "dot") at += 1;
          break;
        case "dot":
          // A dot that more follows was put there for the wire alone.
          this.place = chunk[at] === cr ? "dot cr" : "inside";
          if (this.place === "dot cr") at += 1;
          break;
        case "dot cr":
          if (chunk[at] === lf) return chunk.subarray(at + 1);
          this.feed(Buffer.from("\r"));
          this.place = "inside";
          break;
        case "inside": {
          const end = chunk.indexOf("\n.", at);
          const until = end < 0 ? chunk.length : end + 1;
          this.feed(chunk.subarray(at, until));
          this.place = chunk[until - 1] === lf ? "begin" : "inside";
          at = until;
        }
      }
    }
    return null;
  }

  prints(): Prints {
    return { head: this.head, body: this.body.digest("hex") };
  }

  private feed(part: Buffer) {
    if (this.header === null) {
      this.body.update(part);
      return;
    }
    this.header = Buffer.concat([this.header, part]);
    const end = this.header.indexOf("\r\n\r\n");
    if (end < 0 && this.header.length <= longestHeader) return;
    const whole = end < 0 ? this.header : this.header.subarray(0, end + 4);
    this.body.update(this.header.subarray(whole.length));
    this.header = null;
    const at = whole.indexOf(field);
    if (at < 0) return;
    this.mark = whole.toString("latin1", at + field.length, whole.indexOf("\r\n", at + field.length));
    this.head = printOf(whole.subarray(at + 2));
  }
}
