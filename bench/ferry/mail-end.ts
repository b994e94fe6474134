// What follows DATA, gone through once, chunk by chunk: the mail's mark and its prints, and where it ends.
import { createHash, type Hash } from "node:crypto";
import { type Prints, printOf } from "./tally";

const [lf, cr, dot] = [10, 13, 46];
const longestHeader = 65_536;
const field = Buffer.from("\r\nX-Mark: ");
/** What follows DATA. What stands in front of the mark's line is somebody's trace and not looked at. */
export class MailEnd {
  mark: string | null = null;
  private head = "";
  private readonly body: Hash = createHash("sha256");
  /** where the next octet stands: inside a line, at its beginning, behind a dot there, behind a dot and a CR */
  private place: "inside" | "begin" | "dot" | "dot cr" = "begin";
  /** the header until it is whole; null from then on. The line end in front lets the mark stand in the first line too. */
  private header: Buffer | null = Buffer.from("\r\n");

  /** What follows the mail, or null when it goes on. */
  take(chunk: Buffer): Buffer | null {
    let at = 0;
    while (at < chunk.length) {
      switch (this.place) {
        case "begin":
          this.place = chunk[at] === dot ? "dot" : "inside";
          if (this.place === "dot") at += 1;
          break;
        case "dot":
          // A dot that more follows was put there for the wire alone.
          this.place = chunk[at] === cr ? "dot cr" : "inside";
          if (this.place === "dot cr") at += 1;
          break;
        case "dot cr":
          if (chunk[at] === lf) return chunk.subarray(at + 1);
          this.feed(Buffer.from("\r"));
          this.place = "inside";
          break;
        case "inside": {
          const end = chunk.indexOf("\n.", at);
          const until = end < 0 ? chunk.length : end + 1;
          this.feed(chunk.subarray(at, until));
          this.place = chunk[until - 1] === lf ? "begin" : "inside";
          at = until;
        }
      }
    }
    return null;
  }

  prints(): Prints {
    return { head: this.head, body: this.body.digest("hex") };
  }

  private feed(part: Buffer) {
    if (this.header === null) {
      this.body.update(part);
      return;
    }
    this.header = Buffer.concat([this.header, part]);
    const end = this.header.indexOf("\r\n\r\n");
    if (end < 0 && this.header.length <= longestHeader) return;
    const whole = end < 0 ? this.header : this.header.subarray(0, end + 4);
    this.body.update(this.header.subarray(whole.length));
    this.header = null;
    const at = whole.indexOf(field);
    if (at < 0) return;
    this.mark = whole.toString("latin1", at + field.length, whole.indexOf("\r\n", at + field.length));
    this.head = printOf(whole.subarray(at + 2));
  }
}
