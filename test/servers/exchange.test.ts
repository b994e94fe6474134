// The scripted Exchange does what each of its switches says, seen from the wire.
import net from "node:net";
import { afterEach, expect, test } from "vitest";
import { type ExchangeOptions, startExchange } from "./exchange";
import { MailEnd } from "./exchange-mail";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function started(wish: Partial<ExchangeOptions>) {
  const server = await startExchange(wish);
  closers.push(() => server.stop());
  return server;
}

/** Says all at once and collects the answers until the server closes. */
function say(port: number, ...lines: string[]): Promise<string[]> {
  return new Promise((done) => {
    let got = "";
    const socket = net.connect(port, "127.0.0.1", () => socket.write([...lines, "QUIT", ""].join("\r\n")));
    socket.on("data", (data) => {
      got += data.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => done(got.split("\r\n").filter(Boolean)));
  });
}
const envelope = ["EHLO ferry.example", "MAIL FROM:<a@example.net>", "RCPT TO:<b@contoso.example>"];
const letter = ["DATA", "Subject: Cheap pills", "", "..dot", "."];
const answer = async (wish: Partial<ExchangeOptions>, lines: string[] = [...envelope, ...letter]) =>
  (await say((await started(wish)).port, ...lines)).at(-2) ?? "";

test("greets, lists what Exchange offers, and answers a mail in Exchange's words", async () => {
  const server = await started({});
  const got = await say(server.port, ...envelope, ...letter);
  expect(got[0]).toMatch(/^220 EX01\.contoso\.example Microsoft ESMTP MAIL Service ready at /);
  expect(got[1]).toMatch(/^250-EX01\.contoso\.example Hello \[127\.0\.0\.1\]$/);
  expect(got).toEqual(
    expect.arrayContaining(["250-SIZE 37748736", "250-PIPELINING", "250-AUTH NTLM", "250-8BITMIME", "250 XRDST"]),
  );
  expect(got).toEqual(
    expect.arrayContaining([
      "250 2.1.0 Sender OK",
      "250 2.1.5 Recipient OK",
      "354 Start mail input; end with <CRLF>.<CRLF>",
    ]),
  );
  expect(got.at(-2)).toMatch(/^250 2\.6\.0 <.*> \[InternalId=\d+, Hostname=EX01.*\] .* Queued mail for delivery$/);
  expect(server.mails[0]).toMatchObject({
    subject: "Cheap pills",
    sender: "a@example.net",
    recipients: ["b@contoso.example"],
  });
  expect(server.mails[0]?.raw.toString()).toBe("Subject: Cheap pills\r\n\r\n.dot\r\n");
});

test.each<[string, Partial<ExchangeOptions>, string]>([
  ["unknown after the dot", { filter: "dot", recipients: [] }, "550 5.1.10 RESOLVER"],
  ["null sender", { refuseNullSender: true, replies: {} }, "250 2.6.0"],
  ["send-as", { refuseSendAs: true }, "550 5.7.60"],
  ["spam by a word", { spamWord: "pills" }, "550 5.7.1 Message rejected as spam"],
  ["size at the dot", { sizeLimit: 10 }, "552 5.3.4"],
  ["scripted", { replies: { dot: "451 4.7.0 later" } }, "451 4.7.0 later"],
])("%s", async (_name, wish, words) => {
  expect(await answer(wish)).toContain(words);
});

test.each<[string, Partial<ExchangeOptions>, string[], string]>([
  [
    "null sender after the dot",
    { refuseNullSender: true },
    ["EHLO x", "MAIL FROM:<>", "RCPT TO:<b@c>", ...letter],
    "554 5.1.0 Sender denied",
  ],
  ["unknown at RCPT", { filter: "rcpt", recipients: [] }, envelope, "550 5.1.10"],
  [
    "relay",
    { domains: ["other.example"] },
    envelope,
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
  ],
  ["anonymous", { requireAuth: true }, envelope.slice(0, 2), "530 5.7.57"],
  ["TLS", { requireTls: true }, envelope.slice(0, 2), "451 5.7.3"],
  ["SIZE at MAIL", { sizeLimit: 10 }, ["EHLO x", "MAIL FROM:<a@b> SIZE=11"], "552 5.3.4"],
  ["no hello", {}, ["MAIL FROM:<a@b>"], "503 5.5.2 Send hello first"],
  ["NTLM only", {}, ["EHLO x", "AUTH LOGIN"], "504 5.7.4"],
])("%s", async (_name, wish, lines, words) => {
  expect(await answer(wish, lines)).toContain(words);
});

test("connection limit, message rate, lost answers, drops and the tarpit", async () => {
  const server = await started({ maxConnections: 0 });
  expect((await say(server.port))[0]).toMatch(/^421 4\.3\.2/);
  server.options.maxConnections = null;
  server.options.ratePerMinute = 1;
  expect((await say(server.port, ...envelope, ...letter)).at(-2)).toMatch(/^250/);
  expect((await say(server.port, ...envelope)).at(-1)).toMatch(/^421 4\.4\.2 Message submission rate/);
  server.options.ratePerMinute = null;
  server.options.loseAnswers = 1;
  expect((await say(server.port, ...envelope, ...letter)).at(-1)).toMatch(/^354/);
  expect(server.mails.map(({ answered }) => answered)).toEqual([true, false]);
  server.options.drop = "rcpt";
  expect((await say(server.port, ...envelope)).at(-1)).toMatch(/^250 2\.1\.0/);
  server.options.drop = null;
  server.options.tarpitMs = 60;
  server.options.replies = { mail: "550 no" };
  const start = performance.now();
  await say(server.port, ...envelope.slice(0, 2));
  expect(performance.now() - start).toBeGreaterThan(55);
});

test("the mail's end is found at any chunk edge, and nothing else is taken for it", () => {
  const wire = Buffer.from("\r\n..\r\n.a\r\n\n.\n\r.\rx\r\n.\n..\r\n...\r\n\r\n.\r\nQUIT\r\n");
  const whole = "\r\n.\r\na\r\n\n.\n\r.\rx\r\n\n..\r\n..\r\n\r\n";
  for (let edge = 0; edge <= wire.length; edge++) {
    const end = new MailEnd("bytes");
    const first = end.take(wire.subarray(0, edge));
    const rest = first === null ? end.take(wire.subarray(edge)) : Buffer.concat([first, wire.subarray(edge)]);
    expect(rest?.toString()).toBe("QUIT\r\n");
    const mail = end.mail({
      helo: "",
      sender: "",
      recipients: [],
      parameters: "",
      tls: null,
      user: null,
      connection: 1,
    });
    expect(mail.raw.toString()).toBe(whole);
  }
});
