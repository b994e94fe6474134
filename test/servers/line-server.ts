// What the small mail servers of tests and demo share: connections on loopback that speak in lines, and TLS on demand.
// Needs nothing but Node.
import net from "node:net";
import tls from "node:tls";

export interface Certificate {
  key: string;
  cert: string;
}

/** One client. Commands come one by one, in order, however they were sent. */
export class LineClient {
  encrypted = false;
  private received: Buffer = Buffer.alloc(0);
  private waiting: (() => void) | null = null;
  private gone = false;

  constructor(private socket: net.Socket) {
    this.attach(socket);
  }

  get closed(): boolean {
    return this.gone;
  }

  /** The next line without its end; null when the client is gone. */
  async line(): Promise<string | null> {
    for (;;) {
      const end = this.received.indexOf(10);
      if (end >= 0)
        return this.take(end + 1)
          .toString("latin1")
          .replace(/\r?\n$/, "");
      if (this.gone) return null;
      await this.more();
    }
  }

  /** Exactly so many octets (an IMAP literal); fewer when the client is gone. */
  async octets(count: number): Promise<Buffer> {
    while (this.received.length < count && !this.gone) await this.more();
    return this.take(count);
  }

  /** Waits when the client reads slower than we write. */
  send(data: string | Buffer): Promise<void> {
    if (this.gone || this.socket.write(data)) return Promise.resolve();
    return new Promise((done) => {
      this.socket.once("drain", done);
      this.socket.once("close", done);
    });
  }

  /** Octet by octet, so many milliseconds apart. */
  async trickle(data: Buffer, ms: number): Promise<void> {
    for (let at = 0; at < data.length && !this.gone; at += 1) {
      await this.send(data.subarray(at, at + 1));
      await new Promise((done) => setTimeout(done, ms));
    }
  }

  /** The server's side of StartTLS. What the client sent before its handshake is forgotten. */
  secure(certificate: Certificate): Promise<void> {
    const plain = this.socket;
    plain.removeAllListeners("data");
    this.received = Buffer.alloc(0);
    const secure = new tls.TLSSocket(plain, { isServer: true, ...certificate });
    return new Promise((done) => {
      secure.once("secure", () => {
        this.encrypted = true;
        done();
      });
      secure.once("close", done);
      this.attach(secure);
      this.socket = secure;
    });
  }

  drop() {
    this.gone = true;
    this.socket.destroy();
    this.waiting?.();
  }

  private attach(socket: net.Socket) {
    socket.on("data", (data: Buffer) => {
      this.received = this.received.length > 0 ? Buffer.concat([this.received, data]) : data;
      this.waiting?.();
    });
    const end = () => {
      this.gone = true;
      this.waiting?.();
    };
    socket.on("error", end);
    socket.on("close", end);
  }

  private take(count: number): Buffer {
    const taken = this.received.subarray(0, count);
    this.received = this.received.subarray(count);
    return taken;
  }

  private more(): Promise<void> {
    return new Promise((done) => {
      this.waiting = () => {
        this.waiting = null;
        done();
      };
    });
  }
}

export interface LineServer {
  port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1, on a free port unless one is given. */
export function listen(
  serve: (client: LineClient) => Promise<void>,
  options: { port?: number | undefined; implicit?: Certificate | undefined } = {},
): Promise<LineServer> {
  const clients = new Set<LineClient>();
  const server = net.createServer({ noDelay: true }, async (socket) => {
    const client = new LineClient(socket);
    clients.add(client);
    if (options.implicit) await client.secure(options.implicit);
    await serve(client).catch(() => {});
    client.drop();
    clients.delete(client);
  });
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      const address = server.address();
      done({
        port: typeof address === "object" && address ? address.port : 0,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const client of clients) client.drop();
          }),
      });
    });
  });
}
