// The mail that the scripted Exchange is being given: strict about its end (CR LF dot CR LF and nothing else), unstuffed,
// kept whole or only hashed.
import { createHash } from "node:crypto";
import type { Envelope, StoredMail } from "./exchange";

const lineDot = Buffer.from("\r\n.");

export class MailEnd {
  // As if a line had ended before the mail's first octet; those two octets are not the mail's.
  private carry: Buffer = Buffer.from("\r\n");
  private skip = 2;
  private readonly kept: Buffer[] = [];
  private head = "";
  private readonly hash = createHash("sha256");
  private size = 0;

  constructor(private readonly keep: "bytes" | "hash") {}

  /** Takes what arrived. Null while the end has not come, then what followed the end. */
  take(arrived: Buffer): Buffer | null {
    const all = Buffer.concat([this.carry, arrived]);
    let from = 0;
    let search = 0;
    for (;;) {
      const at = all.indexOf(lineDot, search);
      const undecided = at < 0 ? Math.max(from, all.length - 2) : at;
      if (at < 0 || at + 5 > all.length) {
        this.add(all.subarray(from, undecided));
        this.carry = Buffer.from(all.subarray(undecided));
        return null;
      }
      this.add(all.subarray(from, at + 2));
      from = at + 3;
      if (all[at + 3] === 13 && all[at + 4] === 10) return all.subarray(at + 5);
      search = from;
    }
  }

  private add(part: Buffer) {
    const mine = part.subarray(Math.min(this.skip, part.length));
    this.skip -= part.length - mine.length;
    if (mine.length === 0) return;
    this.size += mine.length;
    this.hash.update(mine);
    if (this.keep === "bytes") this.kept.push(Buffer.from(mine));
    if (this.head.length < 65_536) this.head += mine.toString("latin1");
  }

  mail(envelope: Envelope): Omit<StoredMail, "answered"> {
    const header = this.head.split("\r\n\r\n", 1)[0] ?? "";
    return {
      ...envelope,
      raw: Buffer.concat(this.kept),
      sha256: this.hash.digest("hex"),
      size: this.size,
      subject: /^subject:[ \t]*(.*)$/im.exec(header)?.[1]?.trim() ?? "",
      at: new Date(),
    };
  }
}
