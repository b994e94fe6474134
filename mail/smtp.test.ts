// The sending side against the scripted Exchange and against rude servers: what goes over the wire, what comes of it.
import { createHash, randomBytes } from "node:crypto";
import net from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { authority, certificate } from "@/test/servers/certificates";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { dotStuffed } from "./dot-stuff";
import { SmtpFault, type SmtpMail, type SmtpSettings } from "./smtp";
import { connectSmtp } from "./smtp-session";
import type { WireEvent } from "./wire";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function exchange(wish: Partial<ExchangeOptions> = {}): Promise<ExchangeServer> {
  const server = await startExchange(wish);
  closers.push(() => server.stop());
  return server;
}

/** A server of a few lines: it greets, then `talk` answers each line. */
async function rude(
  talk: (line: string, socket: net.Socket) => void,
  greeting = "220 rude ESMTP",
): Promise<{ port: number; got: string }> {
  const seen = { port: 0, got: "" };
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (greeting) socket.write(`${greeting}\r\n`);
    let rest = "";
    socket.on("data", (data) => {
      seen.got += data.toString("latin1");
      rest += data.toString("latin1");
      const lines = rest.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) talk(line, socket);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  seen.port = bound !== null && typeof bound === "object" ? bound.port : 0;
  return seen;
}

const settings = (port: number, wish: Partial<SmtpSettings> = {}): SmtpSettings => ({
  host: "localhost",
  address: "127.0.0.1",
  port,
  tls: "allow",
  wish: { certificate: "any", name: "localhost", oldest: "1.2" },
  timeoutMs: 5000,
  dotTimeoutMs: 5000,
  heloName: "ferry.provider.example",
  username: "",
  password: null,
  ...wish,
});

const letter = "From: a@example.net\r\nSubject: hello\r\n\r\nText\r\n";
const mail = (wish: Partial<SmtpMail> & { bytes?: Buffer | string } = {}): SmtpMail => {
  const bytes = Buffer.from(wish.bytes ?? letter);
  return {
    sender: "a@example.net",
    recipients: ["b@contoso.example"],
    size: bytes.length,
    eightBit: false,
    body: async function* () {
      yield bytes;
    },
    ...wish,
  };
};

const open = async (port: number, wish: Partial<SmtpSettings> = {}, events: WireEvent[] = []) => {
  const connection = await connectSmtp(settings(port, wish), { onWire: (event) => events.push(event) });
  closers.push(() => connection.destroy());
  return connection;
};
const faultOf = async (work: Promise<unknown>): Promise<SmtpFault> => {
  const error = await work.then(() => null).catch((thrown: unknown) => thrown);
  if (!(error instanceof SmtpFault)) throw new Error(`no SmtpFault: ${String(error)}`);
  return error;
};

describe("a mail", () => {
  test("arrives byte for byte, several on one connection, with SIZE and BODY", async () => {
    const server = await exchange();
    const connection = await open(server.port);
    const bytes = "Subject: x\r\n\r\n.\r\n..\r\n.dot\r\nGr\u00fc\u00dfe\r\n\0\r\n";
    expect(await connection.send(mail({ bytes, eightBit: true }))).toMatchObject({
      kind: "accepted",
      reply: { code: 250, enhanced: "2.6.0" },
    });
    expect(await connection.send(mail({ sender: "" }))).toMatchObject({ kind: "accepted" });
    expect(connection.usable).toBe(true);
    await connection.quit();
    expect(server.mails.map(({ raw }) => raw.toString())).toEqual([bytes, letter]);
    expect(server.mails[0]?.parameters).toBe(`SIZE=${Buffer.byteLength(bytes)} BODY=8BITMIME`);
    expect(server.mails[1]).toMatchObject({ sender: "", helo: "ferry.provider.example", tls: null });
    expect(server.connections.total).toBe(1);
    expect(connection.facts).toMatchObject({ greetsUs: "Hello [127.0.0.1]", sizeLimit: 37_748_736, encrypted: false });
  });

  test.each([[[]], [["PIPELINING"]]])("answers are kept per recipient (without %s)", async (without) => {
    const server = await exchange({ without, filter: "rcpt", recipients: ["b@contoso.example"] });
    const connection = await open(server.port);
    const result = await connection.send(mail({ recipients: ["gone@contoso.example", "b@contoso.example"] }));
    expect(result).toMatchObject({
      kind: "accepted",
      accepted: ["b@contoso.example"],
      refused: [{ recipient: "gone@contoso.example", reply: { code: 550, enhanced: "5.1.10" } }],
    });
    const nobody = await connection.send(mail({ recipients: ["gone@contoso.example"] }));
    expect(nobody).toMatchObject({ kind: "refused", stage: "rcpt", taken: [], reply: { enhanced: "5.1.10" } });
    expect(await connection.send(mail())).toMatchObject({ kind: "accepted" });
    expect(server.commands.filter((line) => line === "RSET")).toHaveLength(1);
  });

  test("refused at MAIL, DATA and the dot says where, and the connection goes on", async () => {
    const server = await exchange({ filter: "dot", recipients: ["b@contoso.example"] });
    server.options.replies = { mail: ["452 4.3.1 Insufficient system resources"] };
    const connection = await open(server.port);
    expect(await connection.send(mail())).toMatchObject({ kind: "refused", stage: "mail", reply: { code: 452 } });
    server.options.replies = { data: ["451 4.3.0 later"] };
    expect(await connection.send(mail())).toMatchObject({
      kind: "refused",
      stage: "data",
      taken: ["b@contoso.example"],
    });
    const late = await connection.send(mail({ recipients: ["b@contoso.example", "x@contoso.example"] }));
    expect(late).toMatchObject({ kind: "refused", stage: "dot", reply: { enhanced: "5.1.10" }, refused: [] });
    expect(await connection.send(mail())).toMatchObject({ kind: "accepted" });
  });

  test("too large or SMTPUTF8 without the server's offer: not even tried", async () => {
    const server = await exchange({ sizeLimit: 1000 });
    const connection = await open(server.port);
    expect(await connection.send(mail({ size: 1001 }))).toEqual({ kind: "unsendable", why: "size", limit: 1000 });
    expect(await connection.send(mail({ sender: "j\u00f6rg@example.net" }))).toEqual({
      kind: "unsendable",
      why: "smtputf8",
    });
    expect(await connection.send(mail({ sender: "jo@b\u00fccher.example" }))).toMatchObject({ kind: "accepted" });
    expect(server.mails[0]?.sender).toBe("jo@xn--bcher-kva.example");
    server.options.extra = ["SMTPUTF8"];
    const newer = await open(server.port);
    expect(await newer.send(mail({ sender: "j\u00f6rg@example.net" }))).toMatchObject({ kind: "accepted" });
    expect(server.mails[1]?.parameters).toContain("SMTPUTF8");
  });

  test("354 although every recipient was refused gets a lone dot, never the mail (RFC 2920 3.1)", async () => {
    const server = await rude((line, socket) => {
      if (line.startsWith("EHLO")) socket.write("250-rude\r\n250 PIPELINING\r\n");
      else if (line.startsWith("RCPT")) socket.write("550 no\r\n");
      else if (line === "DATA") socket.write("354 go\r\n");
      else socket.write(line === "." ? "554 no valid recipients\r\n" : "250 ok\r\n");
    });
    const connection = await open(server.port);
    expect(await connection.send(mail())).toMatchObject({ kind: "refused", stage: "rcpt" });
    expect(server.got).toMatch(/DATA\r\n\.\r\nRSET\r\n$/);
  });

  test("beforeDot comes after the body and before the dot; its throw ends the connection before the dot", async () => {
    const server = await exchange();
    const connection = await open(server.port);
    const broken = connection.send(
      mail({
        beforeDot: async (taken) => {
          expect(taken).toEqual(["b@contoso.example"]);
          throw new Error("no commit");
        },
      }),
    );
    await expect(broken).rejects.toThrow("no commit");
    expect(connection.usable).toBe(false);
    expect(server.mails).toHaveLength(0);
  });

  test("a lost answer to the dot is a fault with dotPending; a cut before it is not", async () => {
    const server = await exchange({ loseAnswers: 1 });
    const lost = await faultOf((await open(server.port)).send(mail()));
    expect(lost).toMatchObject({ stage: "dot", kind: "cut", dotPending: true });
    expect(server.mails).toMatchObject([{ answered: false }]);
    server.options.drop = "data";
    expect(await faultOf((await open(server.port)).send(mail()))).toMatchObject({ stage: "data", dotPending: false });
    server.options.drop = null;
    server.options.replies = { dot: "421 4.3.2 Service not available" };
    const busy = await faultOf((await open(server.port)).send(mail()));
    expect(busy).toMatchObject({ kind: "reply", dotPending: false, reply: { code: 421, enhanced: "4.3.2" } });
  });

  test("the dot's answer may take longer than the timeout", async () => {
    const server = await exchange({ dotDelayMs: 300 });
    const connection = await open(server.port, { timeoutMs: 150 });
    expect(await connection.send(mail())).toMatchObject({ kind: "accepted" });
    server.options.replies = { rcpt: () => null };
    const late = await faultOf((await open(server.port, { timeoutMs: 100, dotTimeoutMs: 120 })).send(mail()));
    expect(late).toMatchObject({ stage: "dot", kind: "timeout", dotPending: true });
  });

  test("an answer before the mail's end: the dot is never sent", async () => {
    const server = await rude((line, socket) => {
      if (line.startsWith("EHLO")) socket.write("250 rude\r\n");
      else if (line === "DATA") socket.write("354 go\r\n552 5.3.4 too big\r\n");
      else if (/^(MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
    });
    const connection = await open(server.port);
    expect(await connection.send(mail())).toMatchObject({ kind: "refused", stage: "dot", reply: { code: 552 } });
    expect(connection.usable).toBe(false);
    expect(server.got).not.toContain("\r\n.\r\n");
  });

  test("a server that refuses in the middle and hangs up is heard", async () => {
    const server = await rude((line, socket) => {
      if (line.startsWith("EHLO")) socket.write("250 rude\r\n");
      else if (line === "DATA") socket.write("354 go\r\n");
      else if (/^(MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
      else if (line.startsWith("x") && !socket.writableEnded) socket.end("552 5.3.4 too big\r\n");
    });
    const connection = await open(server.port);
    const body = async function* () {
      yield Buffer.from(`${"x".repeat(70)}\r\n`);
      while (connection.usable) await new Promise((done) => setImmediate(done));
      yield Buffer.from("more\r\n");
    };
    const result = await connection.send(mail({ body }));
    expect(result).toMatchObject({ kind: "refused", stage: "dot", reply: { code: 552, enhanced: "5.3.4" } });
  });

  test("a server that refuses in the middle and breaks the connection is heard, every time", async () => {
    const server = await rude((line, socket) => {
      if (line.startsWith("EHLO")) socket.write("250 rude\r\n");
      else if (line === "DATA") socket.write("354 go\r\n");
      else if (/^(MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
      else if (line.startsWith("x") && !socket.destroyed)
        socket.write("552 5.3.4 too big\r\n", () => setImmediate(() => socket.resetAndDestroy()));
    });
    const line = Buffer.from(`${"x".repeat(998)}\r\n`);
    const block = Buffer.concat(Array.from({ length: 64 }, () => line));
    for (let round = 0; round < 40; round += 1) {
      const connection = await open(server.port);
      // As blocks come from a database: each a turn of the event loop later, at no fixed moment.
      const body = async function* () {
        for (let n = 0; n < 400; n += 1) {
          yield block;
          if (n % 3 === round % 3) await new Promise((done) => setTimeout(done, 0));
        }
      };
      const result = await connection.send(mail({ body })).catch((fault: SmtpFault) => fault.message);
      expect(result).toMatchObject({ kind: "refused", stage: "dot", reply: { code: 552, enhanced: "5.3.4" } });
    }
  });

  test.each(["a@b\r\nRCPT TO:<evil@x>", "a@b\n", "a\0@b", "a@b>", "<a@b"])(
    "an address like %j never reaches the wire",
    async (bad) => {
      const server = await exchange();
      expect(await faultOf((await open(server.port)).send(mail({ recipients: [bad] })))).toMatchObject({
        kind: "protocol",
      });
      expect(await faultOf((await open(server.port)).send(mail({ sender: bad })))).toMatchObject({ kind: "protocol" });
      expect(await faultOf((await open(server.port)).tryRecipient("", bad))).toMatchObject({ kind: "protocol" });
      expect(server.commands.filter((line) => !line.startsWith("EHLO"))).toEqual([]);
    },
  );

  test("20 MB go through with bounded memory, at the server's pace", async () => {
    const server = await exchange({ keep: "hash" });
    const connection = await open(server.port);
    const block = Buffer.concat([Buffer.from(".\r\n"), Buffer.alloc(262_137, "x"), Buffer.from("\r\n..\r\n")]);
    const hash = createHash("sha256");
    let peak = 0;
    const before = process.memoryUsage().rss;
    const body = async function* () {
      for (let count = 0; count < 80; count++) {
        hash.update(block);
        peak = Math.max(peak, process.memoryUsage().rss);
        yield block;
      }
    };
    expect(await connection.send(mail({ body, size: block.length * 80 }))).toMatchObject({ kind: "accepted" });
    expect(server.mails[0]).toMatchObject({ sha256: hash.digest("hex"), size: block.length * 80 });
    expect(peak - before).toBeLessThan(96 * 1024 * 1024);
  });

  test("tryRecipient asks and takes it back", async () => {
    const server = await exchange({ filter: "rcpt", recipients: [] });
    const connection = await open(server.port);
    expect(await connection.tryRecipient("", "x9k@contoso.example")).toMatchObject({ code: 550, enhanced: "5.1.10" });
    expect(server.commands.at(-1)).toBe("RSET");
  });
});

describe("end of data", () => {
  // The variants of SMTP smuggling (SEC Consult, December 2023): some server takes each for the mail's end.
  const variants = ["\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\n.\n"];
  test.each(variants)("%j inside a body arrives as text", async (variant) => {
    const server = await exchange();
    const connection = await open(server.port);
    const evil = `Subject: x\r\n\r\nbefore${variant}MAIL FROM:<evil@x.example>\r\nRCPT TO:<b@contoso.example>\r\nDATA\r\nevil\r\n`;
    expect(await connection.send(mail({ bytes: evil }))).toMatchObject({ kind: "accepted" });
    await connection.quit();
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.raw.toString()).toBe(evil.replace(/\r\n|\r|\n/g, "\r\n"));
  });

  test("stuffing is undone exactly, for any bytes and any chunks; no bare CR or LF and no early end ever leaves", async () => {
    const byte = fc.constantFrom(13, 10, 46, 13, 10, 46, 97, 0, 200);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(byte, { maxLength: 8 }), { maxLength: 12 }), async (chunks) => {
        const parts: Buffer[] = [];
        for await (const part of dotStuffed(chunks.map((chunk) => Uint8Array.from(chunk)))) parts.push(part);
        const wire = Buffer.concat(parts).toString("latin1");
        const given = Buffer.from(chunks.flat())
          .toString("latin1")
          .replace(/\r\n|\r|\n/g, "\r\n");
        const canonical = given === "" || given.endsWith("\r\n") ? given : `${given}\r\n`;
        expect(`\r\n${wire}`.replaceAll("\r\n.", "\r\n").slice(2)).toBe(canonical);
        expect(`\r\n${wire}`).not.toContain("\r\n.\r\n");
        expect(wire).not.toMatch(/[^\r]\n|\r[^\n]|^\n|\r$/);
      }),
      { numRuns: 500 },
    );
  });

  test("canonical blocks without dots pass as they are", async () => {
    const block = Buffer.from(`${randomBytes(900).toString("hex")}\r\n`);
    for await (const out of dotStuffed([block])) expect(out.equals(block)).toBe(true);
  });
});

describe("encryption", () => {
  const offered = async (wish: Partial<ExchangeOptions> = {}) =>
    exchange({ certificate: await certificate(), ...wish });
  const checked = { certificate: "system", name: "localhost", oldest: "1.2" as const };

  test("allow uses it when offered, forgets what was said in clear and greets again", async () => {
    const server = await offered({ injectedBeforeTls: "250-injected\r\n250 SIZE 1\r\n" });
    const connection = await open(server.port);
    expect(connection.facts).toMatchObject({
      encrypted: true,
      accepted: "any",
      starttlsOffered: true,
      sizeLimit: 37_748_736,
    });
    expect(connection.facts.extensions).not.toContain("STARTTLS");
    expect(connection.facts.certificate).toMatchObject({
      selfSigned: true,
      verified: false,
      problem: "it is self-signed",
    });
    await connection.send(mail());
    expect(server.mails[0]?.tls).toBe("TLSv1.3");
    expect(server.commands.filter((line) => line.startsWith("EHLO"))).toHaveLength(2);
  });

  test("off never asks for it; require stops where it is not offered", async () => {
    const server = await offered();
    const connection = await open(server.port, { tls: "off" });
    expect(connection.facts).toMatchObject({ encrypted: false, starttlsOffered: true });
    const bare = await exchange();
    expect((await open(bare.port)).facts.starttlsOffered).toBe(false);
    const fault = await faultOf(open(bare.port, { tls: "require" }));
    expect(fault).toMatchObject({ stage: "starttls", kind: "tls" });
    expect(fault.message).toContain("does not offer StartTLS");
  });

  test.each(["close", "clear", "silent"] as const)(
    "a handshake that ends in %s never falls back to clear text",
    async (brokenHandshake) => {
      const server = await offered({ brokenHandshake });
      const fault = await faultOf(open(server.port, { timeoutMs: 200 }));
      expect(fault).toMatchObject({
        stage: "starttls",
        kind: brokenHandshake === "silent" ? "timeout" : "tls",
        dotPending: false,
      });
      expect(server.commands.filter((line) => line.startsWith("MAIL"))).toEqual([]);
      if (brokenHandshake !== "silent") expect(fault.message).toMatch(/not sent in clear.*untick Allow StartTLS/);
    },
  );

  test("a refused STARTTLS does not fall back either", async () => {
    const server = await offered({ replies: { starttls: "454 4.7.0 TLS not available" } });
    expect(await faultOf(open(server.port))).toMatchObject({ stage: "starttls", kind: "reply", reply: { code: 454 } });
  });

  test("implicit TLS; in clear there it says which field to change", async () => {
    const server = await offered({ tls: "implicit" });
    const connection = await open(server.port, { tls: "implicit" });
    expect(await connection.send(mail())).toMatchObject({ kind: "accepted" });
    const bare = await exchange();
    const fault = await faultOf(open(bare.port, { tls: "implicit" }));
    expect(fault).toMatchObject({ stage: "connect", kind: "tls" });
    expect(fault.message).toContain("Exchange has no implicit TLS here: choose StartTLS");
  });

  test("system, pin, another certificate, and one that the system verifies instead of the pin", async () => {
    const [own, other] = [await certificate(), await certificate({ edition: 2 })];
    const signed = await certificate({ signed: true });
    const authorities = [await authority()];
    const server = await offered();
    const fault = await faultOf(open(server.port, { tls: "require", wish: checked }));
    expect(fault).toMatchObject({
      stage: "starttls",
      kind: "certificate",
      certificate: { fingerprint: own.fingerprint },
    });
    const pinned = { ...checked, certificate: `sha256:${own.fingerprint}`, authorities };
    expect((await open(server.port, { wish: pinned })).facts.accepted).toBe("pin");
    server.options.certificate = other;
    const changed = await faultOf(open(server.port, { wish: pinned }));
    expect(changed).toMatchObject({ kind: "certificate", certificate: { fingerprint: other.fingerprint } });
    expect(changed.message).toContain("another one than the trusted one");
    server.options.certificate = signed;
    expect((await open(server.port, { wish: pinned })).facts.accepted).toBe("system-instead-of-pin");
    expect((await open(server.port, { wish: { ...checked, authorities } })).facts.accepted).toBe("system");
    const elsewhere = { ...checked, authorities, name: "mail.contoso.example" };
    expect((await faultOf(open(server.port, { wish: elsewhere }))).message).toContain("not made for the name");
    server.options.certificate = await certificate({ signed: true, expired: true });
    expect((await faultOf(open(server.port, { wish: { ...checked, authorities } }))).message).toContain("expired");
    expect(server.commands.filter((line) => line.startsWith("MAIL"))).toEqual([]);
  });

  test("an old TLS is refused unless allowed", async () => {
    const server = await offered({ newestTls: "TLSv1" });
    expect((await faultOf(open(server.port))).message).toContain("no TLS version that is allowed");
    const old = await open(server.port, { wish: { certificate: "any", name: "localhost", oldest: "1.0" } });
    expect(old.facts.certificate?.tlsVersion).toBe("TLS 1");
  });
});

describe("signing in", () => {
  const users = { ferry: "s3cret-pass" };
  const login = async (auth: string[]) => {
    const own = await certificate();
    const server = await exchange({ certificate: own, auth, users });
    const wish = { certificate: `sha256:${own.fingerprint}`, name: "localhost", oldest: "1.2" as const };
    return { server, wish: { wish, username: "ferry", password: "s3cret-pass" } };
  };

  test.each([[["NTLM", "LOGIN"]], [["PLAIN"]]])("with %s, and the password never shows", async (auth) => {
    const { server, wish } = await login(auth);
    const events: WireEvent[] = [];
    const connection = await open(server.port, wish, events);
    await connection.send(mail());
    expect(server.mails[0]).toMatchObject({ user: "ferry" });
    const shown = JSON.stringify(events);
    for (const word of [
      "s3cret-pass",
      Buffer.from("s3cret-pass").toString("base64"),
      Buffer.from("\0ferry\0s3cret-pass").toString("base64"),
    ])
      expect(shown).not.toContain(word);
    expect(shown).toContain("••••");
  });

  test("a server that repeats the password in its answer shows nothing", async () => {
    const { server, wish } = await login(["LOGIN"]);
    server.options.replies = {
      auth: (line) => (line === "AUTH" ? "535 5.7.3 wrong: s3cret-pass czNjcmV0LXBhc3M=" : null),
    };
    const events: WireEvent[] = [];
    const fault = await faultOf(open(server.port, wish, events));
    expect(fault).toMatchObject({ stage: "auth", kind: "reply", reply: { code: 535 } });
    expect(JSON.stringify(events) + fault.message + fault.reply?.text).not.toMatch(/s3cret|czNjcmV0/);
  });

  test("never in clear, never to an unchecked certificate, and not where only NTLM is offered", async () => {
    const { server, wish } = await login(["NTLM"]);
    expect((await faultOf(open(server.port, wish))).message).toContain("only NTLM");
    const any = { ...wish, wish: { ...wish.wish, certificate: "any" } };
    expect(await faultOf(open(server.port, any))).toMatchObject({ stage: "auth", kind: "tls" });
    expect(await faultOf(open(server.port, { ...wish, tls: "off" }))).toMatchObject({ stage: "auth", kind: "tls" });
    server.options.tls = "none";
    expect((await faultOf(open(server.port, wish))).message).toContain("never sent unencrypted");
    expect(server.commands.filter((line) => line.startsWith("AUTH"))).toEqual([]);
  });
});

describe("a host with several addresses", () => {
  test("that can't be reached at the first goes to the next, within the one timeout", async () => {
    const server = await exchange();
    const events: WireEvent[] = [];
    const connection = await open(server.port, { address: "127.0.0.9", others: ["127.0.0.10", "127.0.0.1"] }, events);
    expect(await connection.send(mail())).toMatchObject({ kind: "accepted" });
    expect(events.filter(({ kind }) => kind === "step").map(({ text }) => /\((.*?)\)/.exec(text)?.[1])).toEqual(
      expect.arrayContaining(["127.0.0.9", "127.0.0.10", "127.0.0.1"]),
    );
    expect(server.connections.total).toBe(1);
  });
  test("that can't be reached at any says so once; a server that answers and refuses is the last one asked", async () => {
    const server = await exchange({ replies: { connect: "554 5.7.1 No access" } });
    const nobody = await faultOf(open(server.port, { address: "127.0.0.9", others: ["127.0.0.10"] }));
    expect(nobody).toMatchObject({ stage: "connect", kind: "unreachable" });
    expect(nobody.message).toContain("at any of its 2 addresses");
    const refused = await faultOf(open(server.port, { others: ["127.0.0.1"] }));
    expect(refused).toMatchObject({ stage: "connect", kind: "reply", reply: { code: 554 } });
    expect(server.connections.total).toBe(1);
  });
});

describe("rude servers", () => {
  test("HELO where EHLO is unknown, but not where encryption is needed", async () => {
    const server = await rude((line, socket) =>
      socket.write(line.startsWith("EHLO") ? "502 what\r\n" : "250 rude\r\n"),
    );
    expect((await open(server.port)).facts.extensions).toEqual([]);
    expect(await faultOf(open(server.port, { tls: "require" }))).toMatchObject({ stage: "ehlo", kind: "reply" });
    expect(server.got.match(/HELO/g)).toHaveLength(1);
  });

  test.each([
    ["554 5.7.1 go away", "reply", 1000],
    ["421 4.3.2 too many connections", "reply", 1000],
    ["what is this", "protocol", 1000],
    ["", "timeout", 100],
    [`220-${"x\r\n220-".repeat(400)}`, "protocol", 1000],
    [`220 ${"x".repeat(100_000)}`, "protocol", 1000],
  ] as const)("greeting %#: a fault at connect", async (greeting, kind, timeoutMs) => {
    const server = await rude(() => {}, greeting);
    const fault = await faultOf(open(server.port, { timeoutMs }));
    expect(fault).toMatchObject({ stage: "connect", kind });
    expect(fault.message.length).toBeLessThan(600);
  });

  test("nobody there, a stop before and a stop during", async () => {
    const gone = await exchange();
    await gone.stop();
    expect(await faultOf(open(gone.port))).toMatchObject({ stage: "connect", kind: "unreachable" });
    const silent = await rude(() => {}, "");
    const stop = new AbortController();
    const waiting = faultOf(
      connectSmtp(settings(silent.port), {
        signal: stop.signal,
        onWire: ({ kind }) => kind === "ok" && setImmediate(() => stop.abort()),
      }),
    );
    expect(await waiting).toMatchObject({ kind: "aborted" });
    expect(await faultOf(connectSmtp(settings(silent.port), { signal: stop.signal }))).toMatchObject({
      kind: "aborted",
    });
  });

  test("a server that stops reading is a stalled write", async () => {
    const server = await rude((line, socket) => {
      if (line.startsWith("EHLO")) socket.write("250 rude\r\n");
      else if (line === "DATA") {
        socket.write("354 go\r\n");
        socket.pause();
      } else if (/^(MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
    });
    const connection = await open(server.port, { timeoutMs: 200 });
    const block = Buffer.alloc(262_144, "x");
    const body = async function* () {
      for (let count = 0; count < 400; count++) yield block;
    };
    const fault = await faultOf(connection.send(mail({ body })));
    expect(fault).toMatchObject({ kind: "timeout", dotPending: false });
  });

  /** Answers each step as told, "250 ok" where nothing is. */
  const stepwise = (said: Record<string, string>) => {
    let text = false;
    return rude((line, socket) => {
      const verb = text ? (line === "." ? "." : "") : (line.split(/[ :]/, 1)[0] ?? "");
      if (verb === "") return;
      const answer = said[verb] ?? (verb === "DATA" ? "354 go" : "250 ok");
      text = verb === "DATA" && answer.startsWith("354");
      socket.write(`${answer}\r\n`);
    });
  };

  test.each([
    [{ MAIL: "354 go" }, "mail", false],
    [{ RCPT: "354 go" }, "rcpt", false],
    [{ DATA: "250 2.0.0 OK" }, "data", false],
    [{ ".": "354 go" }, "dot", true],
    [{ EHLO: "250-rude\r\n250 PIPELINING", MAIL: "354 go" }, "mail", false],
    [{ EHLO: "250-rude\r\n250 PIPELINING", DATA: "250 2.0.0 OK" }, "data", false],
  ] as [Record<string, string>, string, boolean][])(
    "%j: out of step is the connection's fault and refuses nobody",
    async (said, stage, dotPending) => {
      const server = await stepwise(said);
      const connection = await open(server.port);
      expect(await faultOf(connection.send(mail()))).toMatchObject({
        kind: "protocol",
        stage,
        dotPending,
        reply: null,
      });
      expect(connection.usable).toBe(false);
    },
  );

  test("success that was said before the dot, and a hang-up, is no refusal, and without a dot the mail wasn't taken", async () => {
    const sockets: net.Socket[] = [];
    const server = await rude((line, socket) => {
      sockets[0] = socket;
      if (line === "DATA") socket.write("354 go\r\n");
      else if (/^(EHLO|MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
    });
    const connection = await open(server.port);
    const beforeDot = async () => {
      sockets[0]?.end("250 2.6.0 queued\r\n");
      await expect.poll(() => connection.usable).toBe(false);
      await new Promise((done) => setTimeout(done, 50));
    };
    expect(await faultOf(connection.send(mail({ beforeDot })))).toMatchObject({
      kind: "protocol",
      stage: "dot",
      reply: null,
      dotPending: false,
    });
  });

  test.each(["421 4.4.2 enough", "500 what"])(
    "%s to RSET ends the connection and leaves the mail its answer",
    async (answer) => {
      const server = await stepwise({ MAIL: "550 5.7.1 not you", RSET: answer });
      const connection = await open(server.port);
      expect(await connection.send(mail())).toMatchObject({ kind: "refused", stage: "mail", reply: { code: 550 } });
      expect(connection.usable).toBe(false);
    },
  );

  test("a connection closed while idle is not usable; 421 said before is heard", async () => {
    const server = await rude((line, socket) => {
      if (line.startsWith("EHLO")) {
        socket.write("250 rude\r\n421 4.4.2 idle too long\r\n");
        socket.end();
      }
    });
    const connection = await open(server.port);
    await expect.poll(() => connection.usable).toBe(false);
    expect(await faultOf(connection.send(mail()))).toMatchObject({ kind: "reply", reply: { code: 421 } });
  });

  test("control characters and Latin-1 in replies are made harmless", async () => {
    const server = await rude((_line, socket) =>
      socket.write(Buffer.from("250-rude \x1b[31m\0x\r\n250 Empf\xe4nger\r\n", "latin1")),
    );
    const { facts } = await open(server.port);
    expect([facts.greetsUs, facts.extensions]).toEqual(["[31mx", ["Empfänger"]]);
  });
});

test("listeners on one signal don't grow with connections", async () => {
  const server = await exchange();
  const stop = new AbortController();
  let listeners = 0;
  const { signal } = stop;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...all: Parameters<typeof add>) => {
    listeners += 1;
    add(...all);
  };
  signal.removeEventListener = (...all: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...all);
  };
  for (let count = 0; count < 5; count++) {
    const connection = await connectSmtp(settings(server.port), { signal });
    await connection.send(mail());
    await connection.quit();
  }
  expect(listeners).toBeLessThanOrEqual(0);
});
