import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Canonical, headerBound, headerHashOf } from "./canonical";

function run(bytes: Buffer, cuts: number[] = []) {
  const canonical = new Canonical();
  const out: Buffer[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    out.push(canonical.push(bytes.subarray(at, cut)));
    at = Math.max(at, cut);
  }
  out.push(canonical.push(bytes.subarray(at)), canonical.end());
  return { bytes: Buffer.concat(out), header: canonical.header, ...canonical.result() };
}
const sha = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");
const text = (s: string) => Buffer.from(s, "latin1");

describe("line ends", () => {
  it.each([
    ["", ""],
    ["a", "a\r\n"],
    ["a\r\n", "a\r\n"],
    ["a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd\r\n"],
    ["\r\r\n\n\r", "\r\n\r\n\r\n\r\n"],
    ["a\r", "a\r\n"],
    ["\0\x80\xff\n.\n", "\0\x80\xff\r\n.\r\n"],
  ])("%j → %j, cut anywhere", (given, wanted) => {
    for (let cut = 0; cut <= given.length; cut++) expect(run(text(given), [cut]).bytes).toEqual(text(wanted));
  });

  it("agrees with the plain definition, whatever the chunks", () => {
    const piece = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "a",
      ":",
      " ",
      "Received: x",
      "\0",
      "\xe4",
      "Subject: y",
      "\r\n\r\n",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(300)), (pieces, cuts) => {
        const given = pieces.join("");
        const ended = given.replace(/\r\n|\r|\n/g, "\r\n");
        const wanted = ended === "" || ended.endsWith("\r\n") ? ended : `${ended}\r\n`;
        const made = run(
          text(given),
          cuts.map((cut) => Math.min(cut, given.length)),
        );
        const { bytes, header, ...facts } = run(text(wanted));
        expect(made.bytes).toEqual(text(wanted));
        expect(made).toMatchObject(facts);
        expect(made.canonicalHash).toBe(sha(text(wanted)));
        const end = wanted.startsWith("\r\n") ? 0 : wanted.indexOf("\r\n\r\n") + 2;
        const block = end === 1 ? wanted : wanted.slice(0, end);
        expect(made.header).toEqual(text(block));
        expect(made.headerHash).toBe(sha(text(block)));
        expect(made.headerLength).toBe(block.length);
        expect(made.size).toBe(wanted.length);
        expect(made.eightBit).toBe(given.includes("\xe4"));
      }),
    );
  });
});

describe("hashes", () => {
  const body = "\r\nHello\r\n";
  it("the header hash is that of TOP 0, with or without its empty line, in any line ends", () => {
    const mail = run(text(`A: 1\r\nB: 2\r\n${body}`));
    for (const answer of [
      "A: 1\r\nB: 2\r\n\r\n",
      "A: 1\r\nB: 2\r\n",
      "A: 1\nB: 2\n\n",
      "A: 1\r\nB: 2\r\n\r\nHello\r\n",
    ])
      expect(headerHashOf(text(answer))).toBe(mail.headerHash);
    expect(headerHashOf(text("A: 1\r\nB: 3\r\n\r\n"))).not.toBe(mail.headerHash);
  });

  it("the content hash leaves out what the way added, folded lines included", () => {
    const plain = run(text(`Subject: x\r\n y\r\nX-Received-By: z\r\n${body}`));
    const traced = run(
      text(
        `Return-Path: <a@b.example>\r\nReceived: from x\r\n by y;\r\n\tdate\r\nDelivered-To: info@b.example\r\nSubject: x\r\n y\r\n` +
          `X-ORIGINAL-TO : c\r\nX-Received-By: z\r\nenvelope-to: d\r\nX-Rcpt-To: e\r\n${body}`,
      ),
      [3, 14, 15, 60, 130],
    );
    expect(traced.contentHash).toBe(plain.contentHash);
    expect(traced.canonicalHash).not.toBe(plain.canonicalHash);
    expect(run(text(`Subject: x\r\n\r\nReceived: in the body\r\n`)).contentHash).not.toBe(
      run(text(`Subject: x\r\n\r\n`)).contentHash,
    );
  });
});

it("a header block beyond the bound is kept in part and hashed whole", () => {
  const line = `X-Long: ${"x".repeat(1000)}\r\n`;
  const block = line.repeat(1500);
  const mail = run(text(`${block}\r\nbody`));
  expect(mail.header?.length).toBe(headerBound);
  expect(mail.headerLength).toBe(block.length);
  expect(mail.headerHash).toBe(headerHashOf(text(block)));
});

it("a line of 10 MB, and 64 MB in all, in a moment", () => {
  const canonical = new Canonical();
  const chunk = Buffer.alloc(64 * 1024, "x");
  const lines = Buffer.from(`${"y".repeat(76)}\r\n`.repeat(800));
  canonical.push(Buffer.from("A: b\r\n\r\n"));
  for (let n = 0; n < 160; n++) expect(canonical.push(chunk)).toBe(chunk);
  for (let n = 0; n < 800; n++) canonical.push(lines);
  canonical.end();
  expect(canonical.result().size).toBeGreaterThan(60_000_000);
});
