// What came, beside what was to come: missing, doubled, changed.
import { createHash } from "node:crypto";

export interface Counts {
  expected: number;
  arrived: number;
  missing: number;
  /** copies beyond the first */
  doubled: number;
  /** what is behind the header is not what was sent */
  changed: number;
  /** the header is not what was sent, from the mark's line on */
  rewritten: number;
  /** mails without a mark that was expected: notices, bounces */
  others: number;
}

/** What is compared of a mail: SHA-256 of its header from the mark's line on, and of what is behind the header. */
export interface Prints {
  head: string;
  body: string;
}

/** SHA-256, in hexadecimal digits. */
export const printOf = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

export type Expected = readonly (readonly [mark: string, prints: Prints])[];

/** What came, beside what was to come. */
export class Tally {
  private readonly expected: Map<string, Prints>;
  private readonly arrived = new Set<string>();
  private readonly changed = new Set<string>();
  private readonly rewritten = new Set<string>();
  private doubled = 0;
  private others = 0;

  constructor(expected: Expected) {
    this.expected = new Map(expected);
  }

  arrive(mark: string | null, { head, body }: Prints): void {
    const wanted = mark === null ? undefined : this.expected.get(mark);
    if (mark === null || wanted === undefined) {
      this.others += 1;
      return;
    }
    if (this.arrived.has(mark)) this.doubled += 1;
    this.arrived.add(mark);
    if (body !== wanted.body) this.changed.add(mark);
    if (head !== wanted.head) this.rewritten.add(mark);
  }

  get complete(): boolean {
    return this.arrived.size === this.expected.size;
  }

  counts(): Counts {
    const { size: expected } = this.expected;
    const { size: arrived } = this.arrived;
    const { size: changed } = this.changed;
    const { size: rewritten } = this.rewritten;
    const { doubled, others } = this;
    return { expected, arrived, missing: expected - arrived, doubled, changed, rewritten, others };
  }
}
