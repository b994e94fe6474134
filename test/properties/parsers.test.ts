// Everything that reads what strangers wrote: it never throws, stays within its bounds, and gives out nothing that a later
// step could take for something else.
import fc from "fast-check";
import { expect, it } from "vitest";
import { isAddress, isDomain, parseAddress } from "@/mail/address";
import { decodeWords } from "@/mail/encoded-words";
import * as headers from "@/mail/headers";
import { mailDate, stripComments } from "@/mail/mail-date";
import { enhancedOf, parseReply } from "@/mail/reply";
import { seed } from "./seed";

const piece = fc.constantFrom(
  ...[
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
    ".",
    "[",
    "]",
    "=?utf-8?Q?",
    "=?utf-16?B?",
    "=?x?b?",
    "?=",
    "=",
    "_",
  ],
  ...[" for ", "a", "b.example", "a@b.example", "Received: ", "Return-Path: ", "Date: ", "Subject: ", "To: "],
  ...[
    "Tue, 24 Nov 2026 02:14:00 +0100",
    "31 Feb 99 25:61",
    "\r\n",
    "\r\n ",
    "\n",
    "\r",
    "\t",
    "\0",
    "é",
    "\u{1f4e7}",
    "\ud800",
  ],
  ...["\u202e", "\uff20", "250-", "550 5.1.1 ", "5.7.1", "#5.1.1", "  "],
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 120 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
);
const bytes = fc.oneof(
  text.map((one) => Buffer.from(one, "utf8")),
  text.map((one) => Buffer.from(one, "latin1")),
  fc.uint8Array({ maxLength: 600 }).map((one) => Buffer.from(one)),
);
const runs = { seed, numRuns: 1500 };
const control = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

it("a header block: names are names, values are one line, and what people see is bounded", () => {
  fc.assert(
    fc.property(bytes, (block) => {
      const parsed = headers.parseHeaders(block);
      for (const { name, value } of parsed.fields) {
        expect(name).toMatch(/^[!-9;-~]{1,998}$/);
        expect(value).not.toContain("\n");
        expect(parsed.all(name.toUpperCase())).toContain(value);
      }
      expect(parsed.fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0)).toBeLessThanOrEqual(
        block.length,
      );
      const seen: [string, number][] = [
        [headers.subject(parsed), 500],
        [headers.from(parsed), 320],
        [headers.messageId(parsed) ?? "", 998],
      ];
      for (const [shown, bound] of seen) {
        expect(shown.length).toBeLessThanOrEqual(bound);
        expect(shown).not.toMatch(control);
      }
      expect(headers.countOwnReceived(parsed, "0123456789abcdef")).toBeLessThanOrEqual(headers.countReceived(parsed));
      const sender = headers.envelopeSender(parsed);
      expect(sender === "" || isAddress(sender)).toBe(true);
    }),
    runs,
  );
});

it("an address list: only what the strict parser takes, each once", () => {
  fc.assert(
    fc.property(text, (value) => {
      const found = headers.addressesIn(value);
      expect(new Set(found).size).toBe(found.length);
      for (const address of found) {
        expect(isAddress(address), address).toBe(true);
        expect(headers.addressesIn(`"x" <${address}>`)).toEqual([address]);
      }
      const forClause = headers.receivedFor(value);
      expect(forClause === null || isAddress(forClause)).toBe(true);
    }),
    runs,
  );
});

it("an address: its parts make it again, and it fits on the wire", () => {
  const part = fc.oneof(fc.constantFrom("a", "info", "ä", "x.y", "a-b", "", ".", "é".repeat(40)), text);
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        fc.tuple(part, part).map(([local, domain]) => `${local}@${domain}`),
      ),
      (one) => {
        const address = parseAddress(one);
        if (!address) return;
        expect(`${address.local}@${address.domain}`.toLowerCase()).toBe(one.toLowerCase());
        expect(isDomain(address.domain)).toBe(true);
        expect(Buffer.byteLength(one)).toBeLessThanOrEqual(254);
        expect(one).not.toMatch(/[\s<>"(),:;\\[\]\0]/);
        expect(parseAddress(`${address.local}@${address.domain}`)).toEqual(address);
      },
    ),
    runs,
  );
});

it("encoded words, dates and comments: no fault, no growth, an instant or none", () => {
  fc.assert(
    fc.property(text, (value) => {
      // One octet of an encoded word is one character at most.
      expect(decodeWords(value).length).toBeLessThanOrEqual(value.length);
      expect(stripComments(value).length).toBeLessThanOrEqual(value.length);
      const date = mailDate(value);
      expect(date === null || !Number.isNaN(date.getTime())).toBe(true);
      const received = headers.receivedDate(value);
      expect(received === null || !Number.isNaN(received.getTime())).toBe(true);
    }),
    runs,
  );
});

it("a date that was written by the rules is read as that instant", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("1970-01-01T00:00:00Z"), max: new Date("2199-12-31T00:00:00Z"), noInvalidDate: true }),
      (date) => {
        const second = new Date(Math.floor(date.getTime() / 1000) * 1000);
        expect(mailDate(second.toUTCString())?.getTime()).toBe(second.getTime());
      },
    ),
    runs,
  );
});

it("a reply: a code of three digits or none, an enhanced code of its form, bounded text", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (lines) => {
      const reply = parseReply(lines);
      expect(reply.code).toBeGreaterThanOrEqual(0);
      expect(reply.code).toBeLessThanOrEqual(999);
      expect(reply.text.length).toBeLessThanOrEqual(4096);
      expect(reply.enhanced ?? "5.0.0").toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
      expect(enhancedOf(reply.text)).toBe(reply.enhanced);
    }),
    runs,
  );
});
