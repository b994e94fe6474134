import { once } from "node:events";
import net from "node:net";
import { afterEach, expect, test } from "vitest";
import { boxesOf } from "./boxes";
import { MailEnd } from "./mail-end";
import { mailsFor } from "./mails";
import { serveSink } from "./sink";
import { printOf, Tally } from "./tally";

const head = "X-Mark: one\r\nSubject: a mail\r\n\r\n";
const body = ".\r\n..\r\n.x\r\nbare\rreturn\r\n.\rno end\r\n";
const mail = head + body;
const printsOf = (head: string, body: string) => ({ head: printOf(head), body: printOf(body) });
const trace = "Received: from here\r\n\tby there\r\nReturn-Path: <a@b.example>\r\n";
const onTheWire = (text: string) => `${text.replace(/^\./gm, "..")}.\r\n`;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test.each([1, 2, 3, 5, 7, 64, 10_000])(
  "unstuffs, and hashes the header from its mark on and the body, in chunks of %i octets",
  (size) => {
    const wire = Buffer.from(`${onTheWire(trace + mail)}QUIT\r\n`, "latin1");
    const end = new MailEnd();
    let at = 0;
    let rest: Buffer | null = null;
    for (; rest === null && at < wire.length; at += size) rest = end.take(wire.subarray(at, at + size));
    expect(end.mark).toBe("one");
    expect(end.prints()).toEqual(printsOf(head, body));
    expect(`${rest}${wire.subarray(at)}`).toBe("QUIT\r\n");
  },
);

test("a mark in the body is not the mail's own", () => {
  const end = new MailEnd();
  end.take(Buffer.from(onTheWire(`Subject: undelivered\r\n\r\nwhat it was:\r\n\r\n${mail}`)));
  expect(end.mark).toBeNull();
});

test("an empty mail ends too", () => {
  const end = new MailEnd();
  expect(end.take(Buffer.from(".\r\n"))?.length).toBe(0);
  expect(end.mark).toBeNull();
});

test("counts what is missing, doubled, changed, rewritten, and what nobody waits for", () => {
  const tally = new Tally(["a", "b", "c", "d"].map((mark) => [mark, printsOf(mark, "body")]));
  tally.arrive("a", printsOf("a", "body"));
  tally.arrive("a", printsOf("a", "body"));
  tally.arrive("b", printsOf("b", "another"));
  tally.arrive("c", printsOf("another", "body"));
  tally.arrive("x", printsOf("x", "body"));
  tally.arrive(null, printsOf("", ""));
  expect(tally.complete).toBe(false);
  const counts = { expected: 4, arrived: 3, missing: 1, doubled: 1, changed: 1, rewritten: 1, others: 2 };
  expect(tally.counts()).toEqual(counts);
  tally.arrive("d", printsOf("d", "body"));
  expect(tally.complete).toBe(true);
});

test("takes pipelined mails over a connection as they were laid", async () => {
  const mails = [
    ...mailsFor({ boxes: boxesOf({ mailboxes: 1, perCompany: 1, servers: 1, silent: false }), count: 3 }, 500),
  ];
  const tally = new Tally(mails.map(({ mark, prints }) => [mark, prints]));
  const sink = await serveSink({ took: (mark, prints) => tally.arrive(mark, prints) });
  closers.push(() => sink.close());
  const socket = net.connect(sink.port, "127.0.0.1");
  let heard = "";
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString();
  });
  const envelope = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
  const texts = mails.map(({ parts }) => envelope + onTheWire(Buffer.concat(parts).toString("latin1")));
  socket.write(`EHLO here\r\n${texts.join("")}QUIT\r\n`);
  await once(socket, "close");
  expect(tally.counts()).toEqual({
    expected: 3,
    arrived: 3,
    missing: 0,
    doubled: 0,
    changed: 0,
    rewritten: 0,
    others: 0,
  });
  expect(heard).toMatch(/^250-PIPELINING\r$/m);
  expect(heard.match(/^250 2\.0\.0 taken/gm)).toHaveLength(3);
  expect(heard).toMatch(/\r\n221 2\.0\.0 bye\r\n$/);
});
