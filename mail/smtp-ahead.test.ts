// The next mail's envelope behind the last one's dot (RFC 2920): what goes over the wire, and what becomes of it when the server
// refuses, ends the connection, or can't do it.
import net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { startExchange } from "@/test/servers/exchange";
import { type SmtpMail, type SmtpSettings, Unanswered } from "./smtp";
import { connectSmtp } from "./smtp-session";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const settings = (port: number): SmtpSettings => ({
  ...{ host: "127.0.0.1", address: "127.0.0.1", port, tls: "off", timeoutMs: 3000, dotTimeoutMs: 3000 },
  ...{
    wish: { certificate: "any", name: "x", oldest: "1.2" },
    heloName: "ferry.example",
    username: "",
    password: null,
  },
});

const mail = (name: string, wish: Partial<SmtpMail> = {}): SmtpMail => {
  const bytes = Buffer.from(`Subject: ${name}\r\n\r\nText\r\n`);
  return {
    ...{ sender: "a@example.net", recipients: [`${name}@contoso.example`], size: bytes.length, eightBit: false },
    body: async function* () {
      yield bytes;
    },
    ...wish,
  };
};

/** A server that is told, line by line, what to answer; the body's lines too. Null: nothing. */
async function scripted(answer: (line: string, socket: net.Socket) => string | null, lines: string[] = []) {
  const server = net.createServer((socket) => {
    closers.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.write("220 scripted\r\n");
    let rest = "";
    socket.on("data", (data) => {
      const all = (rest + data.toString("latin1")).split("\r\n");
      rest = all.pop() ?? "";
      for (const line of all) {
        lines.push(line);
        const words = line.startsWith("EHLO") ? "250-scripted\r\n250 PIPELINING" : answer(line, socket);
        if (words !== null && !socket.destroyed) socket.write(`${words}\r\n`);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closers.push(() => server.close());
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  const connection = await connectSmtp(settings(address.port));
  closers.push(() => connection.destroy());
  return { connection, lines };
}

const usual = (line: string): string | null => {
  if (line.startsWith("DATA")) return "354 go on";
  if (/^(MAIL|RCPT|RSET)/.test(line)) return "250 2.1.0 OK";
  return line === "." ? "250 2.6.0 Queued" : line === "QUIT" ? "221 bye" : null;
};

describe("the envelope that follows the dot", () => {
  it("doesn't wait for the dot's answer, and is not said again", async () => {
    // From the first dot on it is silent until the next DATA is here.
    let silent = false;
    const lines: string[] = [];
    const answer = (line: string) => {
      if (line === "." && !lines.slice(0, -1).includes(".")) silent = true;
      if (!silent) return usual(line);
      if (line !== "DATA") return null;
      silent = false;
      return "250 2.6.0 Queued\r\n250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 go on";
    };
    const { connection } = await scripted(answer, lines);
    const two = mail("two");
    expect(await connection.send(mail("one"), () => two)).toMatchObject({ kind: "accepted" });
    expect(connection.usable).toBe(true);
    expect(await connection.send(two)).toMatchObject({ kind: "accepted", accepted: two.recipients });
    expect(lines.filter((line) => /^(MAIL|RCPT|DATA|\.$)/.test(line))).toEqual([
      ...["MAIL FROM:<a@example.net>", "RCPT TO:<one@contoso.example>", "DATA", "."],
      ...["MAIL FROM:<a@example.net>", "RCPT TO:<two@contoso.example>", "DATA", "."],
    ]);
  });

  it.each([[[]], [["PIPELINING"]]])("all arrive, in their order (without %s)", async (without) => {
    const server = await startExchange({ without });
    closers.push(() => server.stop());
    const connection = await connectSmtp(settings(server.port));
    const mails = ["one", "two", "three"].map((name) => mail(name));
    for (const [n, one] of mails.entries())
      expect(await connection.send(one, () => mails[n + 1] ?? null)).toMatchObject({ kind: "accepted" });
    await connection.quit();
    expect(server.mails.map(({ recipients }) => recipients)).toEqual(mails.map(({ recipients }) => recipients));
    expect(server.commands.filter((line) => line.startsWith("MAIL"))).toHaveLength(3);
  });

  it("the dot refused: the next one goes on all the same", async () => {
    const server = await startExchange({});
    closers.push(() => server.stop());
    server.options.replies = { dot: ["550 5.7.1 spam"] };
    const connection = await connectSmtp(settings(server.port));
    const two = mail("two");
    expect(await connection.send(mail("one"), () => two)).toMatchObject({ kind: "refused", stage: "dot" });
    expect(await connection.send(two)).toMatchObject({ kind: "accepted" });
    expect(server.mails).toHaveLength(1);
  });

  it.each([
    ["421 4.4.2 that's enough", false],
    ["503 5.5.1 one at a time", false],
    ["what?", false],
    ["", false],
    ["", true],
  ])("no answer that is about it (“%s”, closed: %s): the next one was never tried", async (words, closes) => {
    let dots = 0;
    const { connection } = await scripted((line, socket) => {
      if (line === ".") dots += 1;
      if (dots === 0 || line === ".") return usual(line);
      if (words && line.startsWith("MAIL")) return words;
      if (closes) socket.end();
      return null;
    });
    const two = mail("two");
    expect(await connection.send(mail("one"), () => two)).toMatchObject({ kind: "accepted" });
    await expect(connection.send(two)).rejects.toThrow(Unanswered);
    expect(connection.usable).toBe(false);
  });

  it("an answer too many after the dot: nobody is refused by words that were another command's", async () => {
    let dots = 0;
    const { connection } = await scripted((line) => {
      if (line === ".") dots += 1;
      if (line === ".") return "250 2.6.0 Queued\r\n250 and once more";
      if (dots > 0 && line.startsWith("RCPT")) return "550 5.1.1 nobody";
      return dots > 0 && line === "DATA" ? "503 5.5.1 nobody to send it to" : usual(line);
    });
    const two = mail("two");
    expect(await connection.send(mail("one"), () => two)).toMatchObject({ kind: "accepted" });
    await expect(connection.send(two)).rejects.toThrow(Unanswered);
  });

  it("another mail than the one announced is not sent", async () => {
    const { connection, lines } = await scripted(usual);
    await connection.send(mail("one"), () => mail("two"));
    await expect(connection.send(mail("three"))).rejects.toThrow(/another mail's envelope/);
    expect(lines.join("\n")).not.toContain("three@");
  });

  it("no QUIT where a mail is expected: the connection is closed, and nothing arrives", async () => {
    const server = await startExchange({});
    closers.push(() => server.stop());
    const connection = await connectSmtp(settings(server.port));
    await connection.send(mail("one"), () => mail("two"));
    await connection.quit();
    expect(connection.usable).toBe(false);
    expect(server.commands).not.toContain("QUIT");
    expect(server.mails).toHaveLength(1);
  });

  it.each([
    ["too large", { size: 99_999_999 }],
    ["with an address that no command may hold", { recipients: ["x\r\nRSET@contoso.example"] }],
    ["with letters that the server doesn't know", { recipients: ["ü@contoso.example"] }],
  ])("a next mail that is %s doesn't go ahead, and the one before it is not to blame", async (_, wish) => {
    const server = await startExchange({ without: ["SMTPUTF8"] });
    closers.push(() => server.stop());
    const connection = await connectSmtp(settings(server.port));
    expect(await connection.send(mail("one"), () => mail("two", wish))).toMatchObject({ kind: "accepted" });
    expect(await connection.send(mail("three"))).toMatchObject({ kind: "accepted" });
    await connection.quit();
  });

  it("before the dot nobody asks for it", async () => {
    const { connection, lines } = await scripted((line) =>
      line.startsWith("RCPT") ? "550 5.1.1 nobody" : usual(line),
    );
    const asked: string[] = [];
    const next = () => {
      asked.push("next");
      return mail("two");
    };
    expect(await connection.send(mail("one"), next)).toMatchObject({ kind: "refused", stage: "rcpt" });
    expect(asked).toEqual([]);
    expect(lines.join("\n")).not.toContain("two@");
  });
});
