// A mail's bytes from the provider to Exchange, whatever they are and wherever the network cuts them: one canonical form,
// made once, and the same at the other end of the wire.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Canonical, headerHashOf } from "@/mail/canonical";
import { Unstuff } from "@/mail/dot";
import { dotStuffed } from "@/mail/dot-stuff";
import { seed } from "./seed";

/** Any octets; and those that line ends and dots are made of, thick; and blocks beyond those in which the wire is written. */
const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(fc.constantFrom(13, 10, 46, 13, 10, 46, 97, 58, 32, 0, 200), { maxLength: 120 })
    .map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.constantFrom(65_530, 65_536, 131_072), fc.array(fc.constantFrom(13, 10, 46, 97), { maxLength: 20 }))
    .map(([length, tail]) => Buffer.concat([Buffer.alloc(length, "x"), Buffer.from(tail)])),
);
const someCuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

function cut(bytes: Buffer, cuts: number[]): Buffer[] {
  const at = [0, ...cuts.map((share) => Math.round(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, n) => bytes.subarray(at[n], end));
}

function canonicalOf(chunks: Buffer[]) {
  const canonical = new Canonical();
  const out = [...chunks.map((chunk) => Buffer.from(canonical.push(chunk))), canonical.end()];
  return { bytes: Buffer.concat(out), ...canonical.result() };
}

async function onTheWire(chunks: Buffer[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of dotStuffed(chunks)) parts.push(Buffer.from(part));
  return Buffer.concat([...parts, Buffer.from(".\r\n")]);
}

function taken(chunks: Buffer[]): { data: Buffer; rest: string | null } {
  const unstuff = new Unstuff();
  const out: Buffer[] = [];
  for (const [n, chunk] of chunks.entries()) {
    const { data, rest } = unstuff.push(chunk);
    out.push(Buffer.from(data));
    if (rest)
      return { data: Buffer.concat(out), rest: Buffer.concat([rest, ...chunks.slice(n + 1)]).toString("latin1") };
  }
  return { data: Buffer.concat(out), rest: null };
}

it("the canonical form is the plain definition's, hashed as it is, and its own canonical form", () => {
  fc.assert(
    fc.property(someBytes, someCuts, someCuts, (bytes, cuts, others) => {
      const { bytes: made, ...facts } = canonicalOf(cut(bytes, cuts));
      const lines = bytes.toString("latin1").replace(/\r\n|\r|\n/g, "\r\n");
      const wanted = lines === "" || lines.endsWith("\r\n") ? lines : `${lines}\r\n`;
      expect(made.equals(Buffer.from(wanted, "latin1")), `made ${made.length} of ${wanted.length}`).toBe(true);
      expect(facts.size).toBe(made.length);
      expect(facts.canonicalHash).toBe(createHash("sha256").update(made).digest("hex"));
      expect(facts.eightBit).toBe(bytes.some((byte) => byte > 127));
      const { bytes: again, ...sameFacts } = canonicalOf(cut(made, others));
      expect(again.equals(made)).toBe(true);
      expect(sameFacts).toEqual(facts);
    }),
    { seed, numRuns: 300 },
  );
});

it("the hash of a header block is that of the whole mail's, however it was cut", () => {
  fc.assert(
    fc.property(someBytes, someCuts, (bytes, cuts) => {
      const { bytes: made, headerHash, headerLength } = canonicalOf(cut(bytes, cuts));
      expect(headerHashOf(made.subarray(0, headerLength))).toBe(headerHash);
      expect(headerHashOf(made.subarray(0, headerLength + 2))).toBe(headerHash);
    }),
    { seed, numRuns: 300 },
  );
});

it("what a server takes off the wire is what was stored, and ends where the mail ends", async () => {
  await fc.assert(
    fc.asyncProperty(someBytes, someCuts, someCuts, async (bytes, cuts, others) => {
      const { bytes: stored } = canonicalOf([bytes]);
      const wire = await onTheWire(cut(stored, cuts));
      const next = "QUIT\r\n";
      const got = taken(cut(Buffer.concat([wire, Buffer.from(next)]), others));
      expect(got.data.equals(stored)).toBe(true);
      expect(got.rest).toBe(next);
      expect(`\r\n${wire.toString("latin1")}`.indexOf("\r\n.\r\n")).toBe(wire.length - 3);
    }),
    { seed, numRuns: 300 },
  );
});
