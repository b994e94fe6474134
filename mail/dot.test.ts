import fc from "fast-check";
import { expect, it } from "vitest";
import { Unstuff } from "./dot";

function run(bytes: Buffer, cuts: number[]) {
  const unstuff = new Unstuff();
  const out: Buffer[] = [];
  let at = 0;
  for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
    if (cut <= at) continue;
    const { data, rest } = unstuff.push(bytes.subarray(at, cut));
    out.push(data);
    at = cut;
    if (rest)
      return {
        data: Buffer.concat(out).toString("latin1"),
        rest: rest.toString("latin1") + bytes.toString("latin1", at),
      };
  }
  return { data: Buffer.concat(out).toString("latin1"), rest: null };
}

it.each([
  [".\r\n+OK", "", "+OK"],
  [".\n+OK", "", "+OK"],
  ["a\r\n.\r\n", "a\r\n", ""],
  ["..a\r\n...\r\n....\r\n.\r\n", ".a\r\n..\r\n...\r\n", ""],
  ["a\r\n\n.\n\r.\r.\r\n\n.\r\n\r\n.\r\nx", "a\r\n\n.\n\r.\r.\r\n\n.\r\n\r\n", "x"],
  ["a\n.b\n..\r\n.\nrest", "a\nb\n.\r\n", "rest"],
  ["a\nb\n.\r\n", "a\nb\n", ""],
  ["a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n", ""],
])("%j → %j, cut anywhere", (given, data, rest) => {
  const bytes = Buffer.from(given, "latin1");
  for (let a = 0; a <= bytes.length; a++)
    for (let b = a; b <= bytes.length; b++) expect(run(bytes, [a, b])).toEqual({ data, rest });
});

it("gives back what was stuffed", () => {
  const piece = fc.constantFrom("\r\n", ".", "..", "\r", "\n", "a", "\r\n.\r\n", "\0", "\xff");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 50 }), fc.array(fc.nat(120)), (pieces, cuts) => {
      const mail = `A: b\r\n${pieces.join("")}\r\n`;
      const stuffed = `${mail.replace(/\r\n\./g, "\r\n..")}.\r\n+OK`;
      expect(run(Buffer.from(stuffed, "latin1"), cuts)).toEqual({ data: mail, rest: "+OK" });
    }),
  );
});
