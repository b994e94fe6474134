// A DNS server on loopback for tests: answers some names with 127.0.0.1, says of others that there are none, and is silent
// about the rest.
import dgram from "node:dgram";

export interface DnsServer {
  port: number;
  /** what becomes of a question about this name: an address, "none", or null for silence */
  names: Map<string, string | null>;
  asked: string[];
  stop(): Promise<void>;
}

export async function startDns(names: Record<string, string | null>): Promise<DnsServer> {
  const socket = dgram.createSocket("udp4");
  const server: DnsServer = {
    port: 0,
    names: new Map(Object.entries(names)),
    asked: [],
    stop: () => new Promise((done) => socket.close(() => done())),
  };
  socket.on("message", (query, from) => {
    const question = readQuestion(query);
    if (!question) return;
    server.asked.push(question.name);
    const known = server.names.has(question.name) ? server.names.get(question.name) : "none";
    if (known === null || known === undefined) return;
    socket.send(reply(query, question, known), from.port, from.address);
  });
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  server.port = socket.address().port;
  return server;
}

interface Question {
  name: string;
  /** 1: A, 28: AAAA (RFC 1035 §3.2.2, RFC 3596 §2.1) */
  type: number;
  end: number;
}

function readQuestion(query: Buffer): Question | null {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString("latin1", at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return null;
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at), end: at + 4 };
}

/** RFC 1035 §4.1: the question again, and one A record; an empty answer to other types; NXDOMAIN for "none". */
function reply(query: Buffer, { type, end }: Question, known: string): Buffer {
  const answered = known !== "none" && type === 1;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(known === "none" ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answered ? 1 : 0, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...known.split(".").map(Number)]);
  return Buffer.concat([header, query.subarray(12, end), ...(answered ? [record] : [])]);
}
