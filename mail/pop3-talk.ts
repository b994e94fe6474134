// POP3's commands and replies on a wire (RFC 1939 §3, response codes of RFC 2449 §8 and RFC 3206).
import { Unstuff } from "./dot";
import { SourceFault } from "./source";
import type { Patience } from "./source-patience";
import { words } from "./source-words";
import type { OnWire, Wire } from "./wire";

export interface Status {
  ok: boolean;
  /** IN-USE, AUTH, SYS/TEMP …; "" when the reply has none */
  code: string;
  /** without "+OK" or "-ERR", bounded */
  text: string;
}

/** Octets of one list: 500,000 mails fit. */
const linesBound = 64 * 1024 * 1024;

export class Pop3Talk {
  constructor(
    readonly wire: Wire,
    private readonly onWire: OnWire,
    private readonly patience: Patience,
  ) {}

  note(text: string) {
    this.onWire({ kind: "note", text });
  }

  got(line: string) {
    this.onWire({ kind: "got", text: words(line) });
  }

  /** Sends one command; `shown` is what people see of it. Refuses line breaks, whatever came in as an argument. */
  send(command: string, shown = command): Promise<void> {
    if (/[\r\n\0]/.test(command)) throw new SourceFault("protocol", "A command with a line break in it was not sent.");
    this.onWire({ kind: "sent", text: words(shown) });
    return this.wire.write(`${command}\r\n`);
  }

  line(): Promise<Buffer> {
    return this.patience.wait(this.wire, () => this.wire.readLine());
  }

  /** Several commands in one write. */
  sendAll(commands: string[]): Promise<void> {
    for (const text of commands) this.onWire({ kind: "sent", text });
    return this.wire.write(commands.map((command) => `${command}\r\n`).join(""));
  }

  async status(): Promise<Status> {
    const line = (await this.line()).toString("utf8");
    this.patience.answered();
    this.got(line);
    return statusOf(line);
  }

  async ask(command: string, shown = command): Promise<Status> {
    await this.send(command, shown);
    return this.status();
  }

  /** The lines of a reply up to its dot (CAPA, LIST, UIDL). */
  async *lines(): AsyncGenerator<string> {
    for (let size = 0; size < linesBound; ) {
      const line = (await this.line()).toString("latin1");
      if (line === ".") return;
      size += line.length + 2;
      yield line.startsWith(".") ? line.slice(1) : line;
    }
    throw new SourceFault("protocol", "The server's list has no end.");
  }

  /** A mail's bytes up to its dot, as they arrive. */
  async *body(): AsyncGenerator<Buffer> {
    const unstuff = new Unstuff();
    for (;;) {
      const { data, rest } = unstuff.push(await this.patience.wait(this.wire, () => this.wire.read()));
      if (rest) this.wire.unshift(rest);
      if (data.length > 0) yield data;
      if (rest) return;
    }
  }
}

function statusOf(line: string): Status {
  const match = /^(\+OK|-ERR|\+)(?:\s+|$)(?:\[([A-Za-z0-9./-]{1,40})[^\]]{0,200}\]\s*)?(.*)$/s.exec(line);
  if (!match) throw new SourceFault("protocol", `The server's answer is no POP3: “${words(line, 120)}”.`, words(line));
  const text = words(line.replace(/^(\+OK|-ERR|\+)\s*/, ""));
  return { ok: match[1] !== "-ERR", code: (match[2] ?? "").toUpperCase(), text };
}
