// A POP3 session after the sign-in: list, look, fetch, delete (RFC 1939 §5, pipelining of RFC 2449 §6.6).
import type { Pop3Talk, Status } from "./pop3-talk";
import {
  type Fetched,
  type Listed,
  type Listing,
  type SourceFacts,
  SourceFault,
  type SourceSession,
  type SourceSettings,
} from "./source";
import { sourceFaultOf } from "./source-words";

/** How far requests go ahead of the mail that is being read, asked for anew when half are used; octets are what is on its way unread. */
const ahead = { mails: 32, bytes: 4 * 1024 * 1024 };
const headerBound = 4 * 1024 * 1024;
const uidBound = 1000;
/** More mails than any mailbox holds: a listing without end must not fill the memory of all. */
const mostListed = 1_000_000;

type Answer = {
  mail: Listed;
  status: Status;
  bytes: AsyncGenerator<Buffer>;
  /** answers to further requests follow this one */
  more: boolean;
};

export class Pop3Session implements SourceSession {
  readonly facts: SourceFacts;
  private readonly pipelining: boolean;
  private readonly topUnsure: boolean;
  private readonly uidlOffered: boolean;
  /** a line of LIST or UIDL that no mail can be made of */
  private unreadable = false;

  constructor(
    private readonly talk: Pop3Talk,
    private readonly settings: SourceSettings,
    offered: string[] | null,
    greeting: string,
  ) {
    this.pipelining = offered?.includes("PIPELINING") ?? false;
    this.topUnsure = !offered?.includes("TOP");
    this.uidlOffered = offered?.includes("UIDL") ?? false;
    this.facts = {
      capabilities: offered ?? [],
      canPeek: !offered || !this.topUnsure,
      canDelete: true,
      readOnly: false,
      greeting,
    };
  }

  async list(): Promise<Listing> {
    try {
      const sizes = await this.numbered("LIST");
      if (!sizes) throw new SourceFault("protocol", `${this.settings.host} does not list its mails.`);
      // A CAPA without UIDL is no proof: it is tried anyway. Where it has UIDL, an empty mailbox needn't be asked: one wait less.
      const uids = sizes.size > 0 || !this.uidlOffered ? await this.numbered("UIDL") : sizes;
      // What one of the two left out is there all the same.
      const numbers = [...new Set([...sizes.keys(), ...(uids?.keys() ?? [])])].sort((a, b) => a - b);
      const mails = numbers.map((number) => ({
        number,
        uid: usableUid(uids?.get(number)),
        size: Number.parseInt(sizes.get(number) ?? "", 10) || 0,
        receivedAt: null,
      }));
      if (this.topUnsure && mails[0]) await this.tryTop(mails[0]);
      this.talk.note(mails.length === 1 ? "1 mail listed" : `${mails.length} mails listed`);
      const known = new Set(mails.map(({ uid }) => uid));
      const uidsUsable = uids !== null && known.size === mails.length && !known.has(null);
      return { epoch: "", mails, uidsUsable, ...(this.unreadable && { incomplete: true }) };
    } catch (error) {
      throw this.fault(error);
    }
  }

  async *peek(
    mails: Listed[],
  ): AsyncGenerator<{ mail: Listed; header: Buffer } | { mail: Listed; fault: SourceFault }> {
    for await (const { mail, status, bytes } of this.answers(mails, (mail) => `TOP ${mail.number} 0`)) {
      if (!status.ok) yield { mail, fault: mailFault(mail, "show the headers of", status) };
      else {
        const header = await this.collected(this.told(bytes));
        yield header ? { mail, header } : { mail, fault: mailFault(mail, "show headers of a sane size of", status) };
      }
    }
  }

  async *fetch(mails: Listed[]): AsyncGenerator<Fetched | { mail: Listed; fault: SourceFault }> {
    for await (const { mail, status, bytes, more } of this.answers(mails, (mail) => `RETR ${mail.number}`)) {
      if (status.ok) yield { mail, bytes: this.told(more ? this.noLonger(mail, bytes) : bytes) };
      else yield { mail, fault: mailFault(mail, "hand out", status) };
    }
  }

  /** All are tried; a refused one throws in the end, with its number in `facts.numbers`: don't count on any of these. */
  async markDeleted(mails: Listed[]): Promise<void> {
    const refused: { number: number; text: string }[] = [];
    for await (const { mail, status } of this.answers(mails, (mail) => `DELE ${mail.number}`, false))
      if (!status.ok) refused.push({ number: mail.number, text: status.text });
    if (refused.length === 0) return;
    throw new SourceFault(
      "mail",
      `${this.settings.host} refused to delete ${refused.length} of ${mails.length} mails.`,
      refused[0]?.text ?? "",
      { numbers: refused.map(({ number }) => number) },
    );
  }

  async commit(): Promise<void> {
    try {
      const answer = await this.talk.ask("QUIT");
      this.talk.wire.destroy();
      if (!answer.ok)
        throw new SourceFault("protocol", `${this.settings.host} did not confirm the end of the session.`, answer.text);
    } catch (error) {
      throw this.fault(error);
    }
  }

  abort(): void {
    this.talk.wire.destroy();
  }

  /**
   * One command per mail, answers in order. Requests go ahead as far as the window allows; a mail that the consumer did
   * not read to its end is read here. Leaving early closes the connection: its answers can't be told apart any more.
   */
  private async *answers(mails: Listed[], command: (mail: Listed) => string, withBody = true): AsyncGenerator<Answer> {
    let asked = 0;
    let answered = 0;
    try {
      for (const mail of mails) {
        const batch = this.window(mails, answered, asked, withBody);
        if (batch.length > 0) await this.talk.sendAll(batch.map(command));
        asked += batch.length;
        const status = await this.talk.status();
        const bytes = withBody && status.ok ? this.talk.body() : empty();
        yield { mail, status, bytes, more: asked > answered + 1 };
        for await (const _ of bytes);
        answered++;
      }
    } catch (error) {
      throw this.fault(error);
    } finally {
      if (asked > answered) this.abort();
    }
  }

  /** What to ask for now: always the next one, and with PIPELINING more, topped up when half of them are used. */
  private window(mails: Listed[], answered: number, asked: number, withBody: boolean): Listed[] {
    if (!this.pipelining) return mails.slice(asked, answered + 1);
    if (asked - answered > ahead.mails / 2) return [];
    let end = Math.max(asked, answered + 1);
    let bytes = 0;
    for (const mail of mails.slice(answered + 1, end)) bytes += mail.size;
    while (end < mails.length && end - answered < ahead.mails) {
      bytes += mails[end]?.size ?? 0;
      if (withBody && bytes > ahead.bytes) break;
      // Without a size its end can't be checked: nothing is asked for behind it.
      if (withBody && end > 0 && !mails[end - 1]?.size) break;
      end++;
    }
    return mails.slice(asked, end);
  }

  /** "number text" lines of LIST or UIDL; null when the command is refused. */
  private async numbered(command: "LIST" | "UIDL"): Promise<Map<number, string> | null> {
    if (!(await this.talk.ask(command)).ok) return null;
    const found = new Map<number, string>();
    let lines = 0;
    for await (const line of this.talk.lines()) {
      lines += 1;
      if (lines > mostListed)
        throw new SourceFault(
          "protocol",
          `${this.settings.host} answers ${command} with more than ${mostListed} lines.`,
        );
      const [, number, text = ""] = /^\s*(\d{1,9})(?:\s+(\S.*?))?\s*$/.exec(line) ?? [];
      if (number) found.set(Number(number), text);
      else this.unreadable = true;
    }
    return found;
  }

  private async tryTop(mail: Listed) {
    const answer = await this.talk.ask(`TOP ${mail.number} 0`);
    if (answer.ok) for await (const _ of this.talk.body());
    this.facts.canPeek = answer.ok;
  }

  private async collected(bytes: AsyncGenerator<Buffer>): Promise<Buffer | null> {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of bytes) {
      length += part.length;
      if (length <= headerBound) parts.push(part);
    }
    return length <= headerBound ? Buffer.concat(parts) : null;
  }

  /**
   * A mail whose final dot is missing goes on with the next answer that was asked for ahead, up to that mail's dot. So one
   * that is longer than its listing says (which may count a line end as one octet) is not believed while more was asked
   * for: the session ends, and the next one fetches one by one, where a missing dot is a timeout.
   */
  private async *noLonger(mail: Listed, bytes: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    let octets = 0;
    let lines = 0;
    for await (const part of bytes) {
      octets += part.length;
      for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) lines += 1;
      yield part;
    }
    if (octets - lines <= mail.size) return;
    throw new SourceFault(
      "protocol",
      `${this.settings.host} sent ${octets} octets for mail ${mail.number}, which it lists with ${mail.size}: its end, or its size, is wrong. Mailferry fetches it again by itself.`,
      "",
      { why: "longer" },
    );
  }

  /** The connection's faults become the source's, while the consumer reads. */
  private async *told(bytes: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    try {
      // By hand: `for await` would end `bytes` where the consumer leaves early, and the rest of the mail is still to be read.
      for (let next = await bytes.next(); !next.done; next = await bytes.next()) yield next.value;
    } catch (error) {
      throw this.fault(error);
    }
  }

  private fault(error: unknown): unknown {
    const fault = sourceFaultOf(error, this.settings);
    if (fault instanceof SourceFault && fault.kind === "protocol") this.abort();
    return fault;
  }
}

async function* empty(): AsyncGenerator<Buffer> {}

/** RFC 1939 §7: 1 to 70 octets of 0x21 to 0x7E. Longer ones exist; control characters would not survive storing. */
const usableUid = (uid: string | undefined): string | null =>
  uid && uid.length <= uidBound && !/[\x00-\x1f\x7f]/.test(uid) ? uid : null;

const mailFault = (mail: Listed, what: string, { text }: Status): SourceFault =>
  new SourceFault("mail", `The server did not ${what} mail ${mail.number}${mail.uid ? ` (${mail.uid})` : ""}.`, text, {
    number: mail.number,
    uid: mail.uid,
  });
