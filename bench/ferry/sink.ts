// Where all mails end: SMTP servers that take everything, and one that takes connections and says nothing. They go through what
// they are sent once, chunk by chunk, so that they cost a contender as little as a server can.
import net from "node:net";
import tls from "node:tls";
import { MailEnd } from "./mail-end";
import type { Prints } from "./tally";

export interface Served {
  port: number;
  close(): Promise<void>;
}

export interface SinkOptions {
  /** offers STARTTLS */
  certificate?: { key: string; cert: string } | undefined;
  /** a mail was taken; its answer is about to leave */
  took: (mark: string | null, prints: Prints) => void;
}

/** A server on a free port of loopback. */
export const serveSink = (options: SinkOptions): Promise<Served> =>
  serve((socket) => new Session(socket, options).begin());

/** Takes connections, and says nothing. */
export const serveSilence = (): Promise<Served> => serve((socket) => socket.on("error", () => {}).resume());

async function serve(welcome: (socket: net.Socket) => void): Promise<Served> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    welcome(socket);
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
