// The dot at the end of a mail, taken away while it streams (RFC 1939 §3, RFC 5321 §4.5.2).

const nothing = Buffer.alloc(0);
const firstLineBound = 64 * 1024;

export interface Unstuffed {
  data: Buffer;
  /** what follows the final dot, once that came; null while the mail goes on */
  rest: Buffer | null;
}

/**
 * Line ends are those of the mail's first line: after CRLF only CRLF.CRLF ends the mail, so that bare LFs inside are
 * text and cut nothing off; where even the first line ends in a bare LF the server sends its files as they are, and
 * bare LFs count.
 */
export class Unstuff {
  private held: Buffer = nothing;
  private mark: "\r\n." | "\n." | null = null;

  push(chunk: Buffer): Unstuffed {
    const data = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    this.held = nothing;
    if (this.mark) return this.scan(data, this.mark, 0, []);
    const end = data.indexOf(10);
    if (end < 0 && data.length < firstLineBound) {
      this.held = data;
      return { data: nothing, rest: null };
    }
    this.mark = end > 0 && data[end - 1] !== 13 ? "\n." : "\r\n.";
    if (data[0] !== 46) return this.scan(data, this.mark, 0, []);
    if (end === 1 || (end === 2 && data[1] === 13)) return { data: nothing, rest: data.subarray(end + 1) };
    return this.scan(data, this.mark, 1, []);
  }

  private scan(data: Buffer, mark: "\r\n." | "\n.", start: number, out: Buffer[]): Unstuffed {
    let from = start;
    for (let at = data.indexOf(mark, from); at >= 0; at = data.indexOf(mark, from)) {
      const dot = at + mark.length - 1;
      const after = endAfter(data, dot, mark === "\n.");
      if (after === "unknown") {
        this.held = data.subarray(at);
        out.push(data.subarray(from, at));
        return { data: joined(out), rest: null };
      }
      out.push(data.subarray(from, dot));
      if (after !== "none") return { data: joined(out), rest: data.subarray(after) };
      from = dot + 1;
    }
    const keep = data.length - tail(data, from, mark);
    if (keep < data.length) this.held = data.subarray(keep);
    if (keep > from) out.push(data.subarray(from, keep));
    return { data: joined(out), rest: null };
  }
}

/** Where the line end after a dot ends; "none" when other text follows the dot. */
function endAfter(data: Buffer, dot: number, bareLf: boolean): number | "none" | "unknown" {
  const next = data[dot + 1];
  if (next === undefined) return "unknown";
  if (next === 10 && bareLf) return dot + 2;
  if (next !== 13) return "none";
  const last = data[dot + 2];
  if (last === undefined) return "unknown";
  return last === 10 ? dot + 3 : "none";
}

/** How many octets at the end may begin a line end with its dot. */
function tail(data: Buffer, from: number, mark: "\r\n." | "\n."): number {
  const length = data.length - from;
  const last = data[data.length - 1];
  if (length < 1) return 0;
  if (mark === "\n.") return last === 10 ? 1 : 0;
  if (last === 13) return 1;
  return length > 1 && last === 10 && data[data.length - 2] === 13 ? 2 : 0;
}

const joined = (parts: Buffer[]): Buffer => (parts.length === 1 ? (parts[0] ?? nothing) : Buffer.concat(parts));
