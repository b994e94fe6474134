// One SMTP conversation: commands out, replies in, each shown as it happens, each fault with the stage it came at.
import { parseReply, type Reply, type Stage } from "./reply";
import { SmtpFault, type SmtpSettings } from "./smtp";
import { type OnWire, type Wire, WireFault } from "./wire";

const maxLines = 256;
const maxShown = 4096;
export const hidden = "••••";

const waitingFor: Record<Stage, string> = {
  connect: "the greeting",
  ehlo: "the answer to EHLO",
  starttls: "StartTLS",
  auth: "the sign-in",
  mail: "the answer to MAIL",
  rcpt: "the answer to RCPT",
  data: "the answer to DATA",
  dot: "the answer to the mail's end",
};

export class Talk {
  /** from the first byte of the final dot until its answer: the server may have taken the mail */
  dotPending = false;
  private readonly secrets: string[] = [];

  constructor(
    readonly wire: Wire,
    readonly settings: SmtpSettings,
    private readonly onWire: OnWire,
  ) {}

  show(kind: Parameters<OnWire>[0]["kind"], text: string, facts?: Record<string, unknown>): void {
    const event = { kind, text: text.slice(0, maxShown) };
    this.onWire(facts ? { ...event, facts } : event);
  }

  /** From here on these words are blanked wherever a server repeats them. */
  conceal(...words: string[]): void {
    this.secrets.push(...words.filter((word) => word.length > 3));
  }

  /** One command and its reply. `shown` replaces what must not be seen. */
  async ask(stage: Stage, command: string, shown = command): Promise<Reply> {
    await this.say(stage, [command], [shown]);
    return this.reply(stage);
  }

  /** Commands in one write; the replies are read by the caller, in their order. */
  async say(stage: Stage, commands: string[], shown = commands): Promise<void> {
    for (const command of commands)
      if (/[\r\n\0]/.test(command))
        throw this.fault(stage, "protocol", "a line break inside a command; nothing was sent");
    for (const text of shown) this.show("sent", text);
    try {
      await this.wire.write(`${commands.join("\r\n")}\r\n`);
    } catch (error) {
      const words = await this.lastWords(stage);
      if (words && words.code < 400)
        throw this.fault(stage, "protocol", `it answered ${words.code} before it was asked, and hung up`);
      if (words) throw this.refusal(stage, words);
      await this.at(stage, () => Promise.reject(error));
    }
  }

  /** The next reply, of one or more lines. 421 ends the connection, whenever it comes (RFC 5321 §3.8). */
  async reply(stage: Stage, timeoutMs = this.settings.timeoutMs): Promise<Reply> {
    const reply = await this.at(stage, () => this.readReply(timeoutMs));
    this.show("got", `${reply.code} ${reply.text}`.replaceAll("\n", `\n${reply.code} `));
    if (reply.code !== 421) return reply;
    this.dotPending = false;
    throw this.refusal(stage, reply);
  }

  private async readReply(timeoutMs: number): Promise<Reply> {
    const deadline = Date.now() + timeoutMs;
    const lines: string[] = [];
    for (let count = 0; count < maxLines; count++) {
      const left = lines.length === 0 ? timeoutMs : Math.max(1, deadline - Date.now());
      const line = this.decode(await this.wire.readLine(left));
      if (!/^[2-5]\d\d(?:[ -]|$)/.test(line))
        throw new WireFault("protocol", `it answered “${line.slice(0, 80)}”, which is no SMTP reply`);
      lines.push(line);
      if (line[3] !== "-") return parseReply(lines);
    }
    throw new WireFault("protocol", `a reply of more than ${maxLines} lines`);
  }

  /** Servers' words are UTF-8 or, from old ones, Latin-1; control characters never get further than here. */
  private decode(bytes: Buffer): string {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, 2048));
    } catch {
      text = bytes.subarray(0, 2048).toString("latin1");
    }
    for (const secret of this.secrets) text = text.replaceAll(secret, hidden);
    return text.replaceAll("\t", " ").replace(/[\p{Cc}\u2028\u2029]/gu, "");
  }

  /** Runs one piece of the conversation; a fault of the wire becomes one of this stage, and ends the connection. */
  async at<T>(stage: Stage, piece: () => Promise<T>): Promise<T> {
    try {
      return await piece();
    } catch (error) {
      if (error instanceof WireFault) throw this.fault(stage, error.kind, error.message, error.certificate);
      this.wire.destroy();
      throw error;
    }
  }

  /** The words of a server that said something and hung up, where a command met the closed connection. */
  async lastWords(stage: Stage): Promise<Reply | null> {
    if (this.wire.open || this.wire.unread === 0) return null;
    const reply = await this.readReply(100).catch(() => null);
    if (reply) this.show("got", `${reply.code} ${reply.text}`);
    if (reply?.code === 421) throw this.refusal(stage, reply);
    return reply;
  }

  fault(stage: Stage, kind: SmtpFault["kind"], words: string, certificate?: SmtpFault["certificate"]): SmtpFault {
    const { host, port } = this.settings;
    const when = kind === "timeout" || kind === "cut" ? `, waiting for ${waitingFor[stage]}` : "";
    const message = kind === "tls" || kind === "certificate" ? words : `${host}:${port}: ${words}${when}.`;
    this.wire.destroy();
    return new SmtpFault(stage, kind, message, null, this.dotPending, certificate ?? this.wire.tlsFacts);
  }

  /** A reply after which this connection is of no use. */
  refusal(stage: Stage, reply: Reply): SmtpFault {
    const { host, port } = this.settings;
    this.wire.destroy();
    const words = `${host}:${port} answered ${reply.code} ${reply.text.replaceAll("\n", " ").slice(0, 300)}`;
    return new SmtpFault(stage, "reply", words, reply, this.dotPending, this.wire.tlsFacts);
  }
}
