// IMAP's commands and responses on a wire (RFC 9051 §2.2, §7). Literals of bodies are streamed by whoever asked for them.
import { quoted } from "./imap-words";
import { SourceFault } from "./source";
import type { Patience } from "./source-patience";
import { words } from "./source-words";
import type { OnWire, Wire } from "./wire";

/** A response line as far as its first literal, or to its end. */
export interface Fragment {
  text: string;
  /** octets of the literal that follows; null at the end of the response */
  literal: number | null;
}

export interface Result {
  ok: boolean;
  /** AUTHENTICATIONFAILED, TRYCREATE …; "" when there is none */
  code: string;
  /** with its code, bounded */
  text: string;
  /** every untagged response in between, literals left in quotes */
  untagged: string[];
}

const literalBound = 1024 * 1024;
/** Characters of one response, and of all responses to one command: a listing of 500,000 mails fits. */
const responseBound = 4 * 1024 * 1024;
const answerBound = 64 * 1024 * 1024;
/** So many untagged responses to one command are shown: a folder's facts, not a listing of thousands. */
const shownBound = 8;

export class ImapTalk {
  private count = 0;

  constructor(
    readonly wire: Wire,
    private readonly onWire: OnWire,
    private readonly patience: Patience,
  ) {}

  note(text: string) {
    this.onWire({ kind: "note", text });
  }

  /** Sends a command and returns its tag; `shown` is what people see of it. */
  async send(command: string, shown = command): Promise<string> {
    if (/[\r\n\0]/.test(command)) throw new SourceFault("protocol", "A command with a line break in it was not sent.");
    const tag = `M${++this.count}`;
    this.onWire({ kind: "sent", text: words(`${tag} ${shown}`) });
    await this.wire.write(`${tag} ${command}\r\n`);
    return tag;
  }

  /** One command with its whole answer. */
  async ask(command: string, shown = command): Promise<Result> {
    return this.finish(await this.send(command, shown));
  }

  /** A command whose arguments may need literals: each is waited for (RFC 9051 §4.3). */
  async askWith(command: string, args: string[], shown: string): Promise<Result> {
    const tag = `M${++this.count}`;
    this.onWire({ kind: "sent", text: words(`${tag} ${shown}`) });
    let line = `${tag} ${command}`;
    for (const arg of args) {
      const plain = quoted(arg);
      if (plain !== null) line += ` ${plain}`;
      else {
        await this.wire.write(`${line} {${Buffer.byteLength(arg)}}\r\n`);
        const refused = await this.untilGo(tag);
        if (refused) return refused;
        line = arg;
      }
    }
    await this.wire.write(`${line}\r\n`);
    return this.finish(tag);
  }

  /** AUTHENTICATE's answer, sent when the server asks for it. */
  async askLater(command: string, later: string): Promise<Result> {
    const tag = await this.send(command);
    const refused = await this.untilGo(tag);
    if (refused) return refused;
    this.onWire({ kind: "sent", text: "••••" });
    await this.wire.write(`${later}\r\n`);
    return this.finish(tag);
  }

  /** Reads up to the tagged response. */
  async finish(tag: string, untagged: string[] = []): Promise<Result> {
    for (let size = 0; ; ) {
      const text = await this.response().catch((error: unknown) => {
        throw farewell(untagged) ?? error;
      });
      const result = this.tagged(tag, text, untagged);
      if (result) return result;
      if (untagged.length < shownBound) this.got(text);
      size += text.length;
      if (size > answerBound) throw tooMuch();
      untagged.push(text);
    }
  }

  /** The tagged result that this text is, or null. */
  tagged(tag: string, text: string, untagged: string[]): Result | null {
    if (!text.startsWith(`${tag} `)) return null;
    this.patience.answered();
    this.got(text);
    const match = /^\S+ (OK|NO|BAD)\b\s*(?:\[([^\s\]]{1,60})[^\]]*\])?/i.exec(text);
    if (!match)
      throw new SourceFault("protocol", `The server's answer is no IMAP: “${words(text, 120)}”.`, words(text));
    const said = words(text.replace(/^\S+ \S+\s*/, ""));
    return { ok: match[1]?.toUpperCase() === "OK", code: (match[2] ?? "").toUpperCase(), text: said, untagged };
  }

  got(text: string) {
    this.onWire({ kind: "got", text: words(text) });
  }

  /** One whole response; literals in it are read into memory, within bounds. */
  async response(): Promise<string> {
    let text = "";
    for (;;) {
      const fragment = await this.fragment();
      text += fragment.text;
      if (fragment.literal === null) return text;
      if (fragment.literal > literalBound || text.length > responseBound) throw tooMuch();
      const parts: string[] = [];
      for await (const part of this.literal(fragment.literal)) {
        parts.push(part.toString("latin1"));
        if (fragment.literal > literalBound)
          throw new SourceFault("protocol", "The server sent more than belongs there.");
      }
      text += `"${parts.join("").replace(/["\\\r\n]/g, "")}"`;
    }
  }

  async fragment(): Promise<Fragment> {
    const line = await this.patience.wait(this.wire, () => this.wire.readLine());
    const text = line.toString("latin1");
    const match = /~?\{(\d{1,15})\}$/.exec(text);
    return match ? { text: text.slice(0, match.index), literal: Number(match[1]) } : { text, literal: null };
  }

  /** So many octets as they arrive. */
  async *literal(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const data = await this.patience.wait(this.wire, () => this.wire.read());
      if (data.length > left) this.wire.unshift(data.subarray(left));
      const part = data.length > left ? data.subarray(0, left) : data;
      left -= part.length;
      yield part;
    }
  }

  private async untilGo(tag: string): Promise<Result | null> {
    for (;;) {
      const text = await this.response();
      if (text.startsWith("+")) return null;
      const result = this.tagged(tag, text, []);
      if (result) return result;
    }
  }
}

const tooMuch = () => new SourceFault("protocol", "The server sent far more than belongs into its answer.");

/** A server that said BYE before it hung up gave its reason: too many sessions, a restart. */
function farewell(untagged: string[]): SourceFault | null {
  const text = untagged.at(-1) ?? "";
  if (!/^\* BYE\b/i.test(text)) return null;
  const said = words(text.slice(6));
  return new SourceFault("busy", `The server ended the session: ${said || "no reason given"}.`, said);
}
