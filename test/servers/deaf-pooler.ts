// A pooler between a program and Postgres that passes everything on but NOTIFY, as PgBouncer does in transaction mode.
import { connect, createServer, type Socket } from "node:net";

export interface DeafPooler {
  /** the address that leads through it */
  url: string;
  /** from now on: pass notifications on as well */
  hearing: boolean;
  stop(): Promise<void>;
}

const notification = "A".charCodeAt(0);

export async function startDeafPooler(databaseUrl: string): Promise<DeafPooler> {
  const { port, hostname } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const pooler: DeafPooler = { url: "", hearing: false, stop };
  const server = createServer((client) => {
    const behind = connect(Number(port), hostname);
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    client.on("data", (chunk) => behind.write(chunk)).on("close", () => behind.destroy());
    behind.on("close", () => client.destroy());
    let rest = Buffer.alloc(0);
    behind.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      // Each message of the server: a letter, then its length with the length itself (Postgres manual, "Message Formats").
      while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
        const length = 1 + rest.readInt32BE(1);
        if (rest[0] !== notification || pooler.hearing) client.write(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the pooler does not listen");
  const target = new URL(databaseUrl);
  target.hostname = "127.0.0.1";
  target.port = String(address.port);
  pooler.url = target.href;
  return pooler;

  async function stop() {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  }
}
