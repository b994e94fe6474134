// Mail as it really comes: small and large, 8-bit, dot lines, long lines, no final newline, no Message-ID. Each mail carries a
// mark of its own, by which it is found again at its destination.

export interface Sample {
  mark: string;
  to: string;
  bytes: Buffer;
  /** what must arrive behind the lines that Mailferry puts in front: CRLF line ends, a last line end */
  expected: Buffer;
}

const shapes = [
  "plain",
  "8-bit",
  "dots",
  "long line",
  "no final newline",
  "no message-id",
  "empty body",
  "folded",
] as const;

/** One mail; `size` is about how many octets its body has. The n-th has the n-th shape. */
export function sample(n: number, to: string, size: number, from = "sender@elsewhere.example"): Sample {
  const shape = shapes[n % shapes.length] ?? "plain";
  const mark = `mark-${n}-${to.replace("@", ".")}`;
  const head = [
    `Return-Path: <${from}>`,
    `Delivered-To: ${to}`,
    `From: <${from}>`,
    `To: <${to}>`,
    shape === "folded" ? `Subject: number ${n}\r\n which goes on\r\n\tand on` : `Subject: number ${n}`,
    ...(shape === "no message-id" ? [] : [`Message-ID: <${mark}@elsewhere.example>`]),
    `X-Mark: ${mark}`,
  ];
  const body = Buffer.concat([
    bodyOf(shape),
    filling(n, size),
    Buffer.from(shape === "no final newline" ? "the end" : "the end\r\n"),
  ]);
  const bytes = Buffer.concat([
    Buffer.from(`${head.join("\r\n")}\r\n\r\n`),
    shape === "empty body" ? Buffer.alloc(0) : body,
  ]);
  const expected = Buffer.from(
    bytes
      .toString("latin1")
      .replace(/\r\n|\r|\n/g, "\r\n")
      .replace(/([^\n])$/, "$1\r\n"),
    "latin1",
  );
  return { mark, to, bytes, expected };
}

function bodyOf(shape: (typeof shapes)[number]): Buffer {
  switch (shape) {
    case "8-bit":
      return Buffer.from("Gr\u00fc\u00dfe \xff\xfe\x80 und mehr\r\n", "latin1");
    case "dots":
      return Buffer.from(".\r\n..\r\n.x\r\n\r\n.\r\n...\r\n");
    case "long line":
      return Buffer.from(`${"0123456789".repeat(500)}\r\n`);
    case "plain":
    case "no final newline":
    case "no message-id":
    case "empty body":
    case "folded":
      return Buffer.from("Hello\r\n");
  }
}

function filling(n: number, size: number): Buffer {
  const line = `${n} ${"the quick brown fox ".repeat(3)}`.slice(0, 70);
  return Buffer.from(`${line}\r\n`.repeat(Math.ceil(size / (line.length + 2))));
}

export const markOf = (raw: Buffer): string | null =>
  /^X-Mark: (\S+)/m.exec(raw.subarray(0, 8192).toString("latin1"))?.[1] ?? null;

/** The lines in front of what was expected, or null when the mail was changed in any other way. */
export function addedLines(raw: Buffer, expected: Buffer): string[] | null {
  if (raw.length < expected.length || !raw.subarray(raw.length - expected.length).equals(expected)) return null;
  const front = raw.subarray(0, raw.length - expected.length).toString("latin1");
  return front
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .filter(Boolean);
}
