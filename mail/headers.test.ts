import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as headers from "./headers";

const parse = (text: string) => headers.parseHeaders(Buffer.from(text, "latin1"));

describe("parseHeaders", () => {
  it("unfolds, keeps order and case, stops at the empty line", () => {
    const parsed = parse(
      "From x@y Mon\r\nSubject: a\r\n b\r\n\tc\r\nX : 1\r\nno header\r\n at all\r\nx:2\r\n\r\nTo: body@x.example\r\n",
    );
    expect(parsed.fields).toEqual([
      { name: "Subject", value: "a b\tc" },
      { name: "X", value: "1" },
      { name: "x", value: "2" },
    ]);
    expect(parsed.all("X")).toEqual(["1", "2"]);
    expect(parsed.first("to")).toBeNull();
  });
  it("reads UTF-8 where valid, else Latin-1", () => {
    expect(headers.parseHeaders(Buffer.from("Subject: Grüße\n")).first("subject")).toBe("Grüße");
    expect(parse("Subject: Gr\xfc\xdfe\n").first("subject")).toBe("Grüße");
  });
});

it.each([
  ["=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"],
  ["=?iso-8859-1?q?a_b=FC?= plain", "a bü plain"],
  ["=?utf-8?B?R3LDvMOf?=\t=?utf-8?B?ZQ==?=", "Grüße"],
  ["=?utf-8?B?w?= =?utf-8?B?==?=", "\ufffd"],
  ["x =?utf-8?Q?=C3?= =?utf-8?Q?=BC?= y", "x ü y"],
  ["=?utf-8*de?Q?=C3=BC?=", "ü"],
  ["=?windows-1252?Q?=80?==?koi8-r?Q?=C1?=", "€а"],
  ["=?no-such?Q?=FC?=", "ü"],
  ["=?utf-8?X?a?= =?utf-8?Q?open", "=?utf-8?X?a?= =?utf-8?Q?open"],
])("decodeWords %j", (given, wanted) => {
  if (given.includes("B?w?=")) expect(() => headers.decodeWords(given)).not.toThrow();
  else expect(headers.decodeWords(given)).toBe(wanted);
});

it.each<[string, string[]]>([
  ["info@Contoso.EXAMPLE", ["info@contoso.example"]],
  ["Info.Desk@x.example, <b@x.example>", ["Info.Desk@x.example", "b@x.example"]],
  ['"Meier, Hans <not@x.example>" <hans@x.example>', ["hans@x.example"]],
  ["(c, d@x.example (nested)) a@x.example (e)", ["a@x.example"]],
  ["Team: a@x.example, B <b@x.example>;, c@x.example", ["a@x.example", "b@x.example", "c@x.example"]],
  ["undisclosed-recipients:;", []],
  ["=?utf-8?Q?evil@x.example,?= <real@x.example>", ["real@x.example"]],
  ["<@a.example,@b.example:user@c.example>", ["user@c.example"]],
  ['"quoted"@x.example, "a b"@x.example', ["quoted@x.example"]],
  ["a@x.example; b@x.example;", ["a@x.example", "b@x.example"]],
  ["a@x.example, A@x.example, a@x.example", ["a@x.example", "A@x.example"]],
  ['"open <a@x.example>', ["a@x.example"]],
  ["<>", []],
  ["a@b@c.example, x\0@y.example, a\uff20b.example", []],
  ["Ärger <info@müller.example>", ["info@müller.example"]],
])("addressesIn %j", (given, wanted) => {
  expect(headers.addressesIn(given)).toEqual(wanted);
});

it.each<[string, string | null, string]>([
  ["Return-Path: <a@x.example>\nReturn-Path: <b@x.example>\nFrom: c@x.example\n", "a@x.example", "a@x.example"],
  ["Return-Path: <>\nFrom: c@x.example\n", "", ""],
  ["Return-Path: <MAILER-DAEMON>\nFrom: c@x.example\n", "", ""],
  ["From: C <c@x.example>, d@x.example\n", null, "c@x.example"],
  ["From: nobody\n", null, ""],
  ["", null, ""],
])("envelope sender of %j", (given, path, sender) => {
  expect(headers.returnPath(parse(given))).toBe(path);
  expect(headers.envelopeSender(parse(given))).toBe(sender);
});

it.each<[string, string | null, string | null]>([
  [
    "from a.example (b [192.0.2.1] for <no@x.example>) by c.example (Postfix) with ESMTP id 1 for <info@x.example>; Tue, 24 Nov 2026 02:14:00 +0100 (CET)",
    "info@x.example",
    "2026-11-24T01:14:00.000Z",
  ],
  ["by c.example with LMTP id x\t for info@x.example; 1 Jan 99 0:00 GMT", "info@x.example", "1999-01-01T00:00:00.000Z"],
  ["from a by b; Mon, 1 Jun 2026 10:00:00 EDT", null, "2026-06-01T14:00:00.000Z"],
  ["from a by b for nobody; yesterday", null, null],
  ["", null, null],
])("Received %j", (given, recipient, date) => {
  expect(headers.receivedFor(given)).toBe(recipient);
  expect(headers.receivedDate(given)?.toISOString() ?? null).toBe(date);
});

it("counts Received lines, and those of this installation", () => {
  const own = "Received: by mx.example (Mailferry 7f3a)\n\twith POP3S id 1; Tue, 24 Nov 2026 02:14:00 +0000\n";
  const parsed = parse(
    `${own}Received: from x by y (Mailferry 7f3b) with POP3 id 2; x\n${own}Received: from (Mailferry 7f3a) with z\n`,
  );
  expect(headers.countReceived(parsed)).toBe(4);
  expect(headers.countOwnReceived(parsed, "7f3a")).toBe(2);
});

it("what people see is one bounded line", () => {
  const parsed = parse(
    `Subject: =?utf-8?Q?a=00b=0D=0Ac=E2=80=AE?= ${"x".repeat(5000)}\nFrom: \x07A <a@x.example>\nMessage-ID: <1@x>\n`,
  );
  expect(headers.subject(parsed)).toMatch(/^a b c x+$/);
  expect(headers.subject(parsed).length).toBeLessThanOrEqual(500);
  expect(headers.from(parsed)).toBe("A <a@x.example>");
  expect(headers.messageId(parsed)).toBe("<1@x>");
  expect(headers.messageId(parse("Message-ID: \n"))).toBeNull();
});

it("never throws, and hostile text takes no time", () => {
  const nasty = fc.array(
    fc.constantFrom(
      '"',
      "\\",
      "(",
      ")",
      "<",
      ">",
      ",",
      ";",
      ":",
      "@",
      "=?utf-8?Q?",
      "=?x?B?",
      "?=",
      " for ",
      "a",
      "\r\n ",
      "\n",
      "\0",
      "é",
      " ",
    ),
    { maxLength: 400 },
  );
  const all = (bytes: Buffer) => {
    const parsed = headers.parseHeaders(bytes);
    headers.envelopeSender(parsed);
    headers.subject(parsed);
    headers.from(parsed);
    headers.date(parsed);
    headers.messageId(parsed);
    headers.countOwnReceived(parsed, "(");
    const text = bytes.toString("latin1");
    headers.addressesIn(text);
    headers.decodeWords(text);
    headers.receivedFor(text);
    headers.receivedDate(text);
  };
  fc.assert(fc.property(nasty, (parts) => all(Buffer.from(`From: ${parts.join("")}`))));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => all(Buffer.from(bytes))));
  for (const part of ['"\\', "(", "<", "=?a?q?", "for ", "a@b.example,", "\n ", "a:b\n", "=?utf-8?Q?a?= "]) {
    const started = performance.now();
    all(Buffer.from(`From: ${part.repeat(300_000)}`));
    expect(performance.now() - started).toBeLessThan(3000);
  }
});
