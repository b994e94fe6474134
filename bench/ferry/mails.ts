// The mails of a scenario. Nobody on the way has a reason to touch them: lines are short, every header is there. Each begins
// (behind a Return-Path, which is an envelope's matter) with its mark, and from the mark on not one octet may change.
import type { Box, Portion } from "./boxes";
import { type Prints, printOf } from "./tally";

export interface BenchMail {
  box: Box;
  mark: string;
  prints: Prints;
  parts: Buffer[];
}

/** Of about `size` octets each; `from`: how many there were before. The large part is one buffer for all. */
export function* mailsFor({ boxes, count }: Portion, size: number, from = 0): Generator<BenchMail> {
  const body = bodyOf(size);
  const ofBody = printOf(body);
  for (let n = 0; n < count; n += 1) {
    const box = boxes[n % boxes.length];
    if (!box) throw new Error("mails for no mailbox");
    const mark = `mark-${from + n}`;
    const head = Buffer.from(headOf(from + n, mark, box.address));
    yield { box, mark, prints: { head: printOf(head), body: ofBody }, parts: [returnPath, head, body] };
  }
}
const sender = "sender@elsewhere.example";
const returnPath = Buffer.from(`Return-Path: <${sender}>\r\n`);

const headOf = (n: number, mark: string, to: string): string =>
  [
    `X-Mark: ${mark}`,
    "Date: Thu, 26 Nov 2026 09:00:00 +0000",
    `From: <${sender}>`,
    `To: <${to}>`,
    `Subject: number ${n}`,
    `Message-ID: <${mark}@elsewhere.example>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
    "\r\n",
  ].join("\r\n");

/** As an attachment's lines are, of 76 characters; now and then one that begins with a dot. */
function bodyOf(size: number): Buffer {
  const line = `${"0123456789abcdefghijklmnopqrstuvwxyz".repeat(3).slice(0, 76)}\r\n`;
  const page = `${line.repeat(40)}.a line that begins with a dot\r\n..\r\n`;
  return Buffer.from(
    page
      .repeat(Math.ceil(size / page.length))
      .slice(0, Math.max(0, size - 2))
      .concat("\r\n"),
  );
}
