// A pooler that lends one connection to Postgres to all its clients in turn, and knows nothing of prepared statements, as
// PgBouncer before 1.21 does in transaction mode. For clients that wait for each other.
import { connect, createServer, type Socket } from "node:net";

export interface SharingPooler {
  /** the address that leads through it */
  url: string;
  stop(): Promise<void>;
}

/** AuthenticationOk and ReadyForQuery (Postgres manual, "Message Formats"): a later client signs in at the pooler. */
const signedIn = Buffer.from("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", "latin1");
const terminate = "X".charCodeAt(0);

export async function startSharingPooler(databaseUrl: string): Promise<SharingPooler> {
  const target = new URL(databaseUrl);
  const behind = connect(Number(target.port), target.hostname);
  let speaking: Socket | null = null;
  let first = true;
  behind.on("error", () => {}).on("data", (chunk) => speaking?.write(chunk));
  const server = createServer((client) => {
    let introduced = first;
    first = false;
    client
      .on("error", () => {})
      .on("data", (chunk) => {
        if (chunk[0] === terminate) return;
        speaking = client;
        if (introduced) behind.write(chunk);
        else client.write(signedIn);
        introduced = true;
      });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the pooler does not listen");
  target.hostname = "127.0.0.1";
  target.port = String(address.port);
  return {
    url: target.href,
    stop: async () => {
      behind.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
