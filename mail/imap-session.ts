// An IMAP session in an open folder: list, look, fetch, delete. Nothing is ever marked as read (BODY.PEEK).
import { fetchParts, type Part } from "./imap-fetch";
import { listFolder } from "./imap-list";
import type { ImapTalk } from "./imap-talk";
import { setOf } from "./imap-words";
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

/** What one command asks for at most. */
const batch = { mails: 100, bytes: 16 * 1024 * 1024, set: 500 };
const headerBound = 4 * 1024 * 1024;

type Section = "BODY[]" | "BODY[HEADER]";

/** What SELECT or EXAMINE told. */
export interface Folder {
  /** UIDVALIDITY; "" when the server has none */
  epoch: string;
  /** null when the server told no number */
  exists: number | null;
  /** may be written, and \Deleted may be set */
  writable: boolean;
}

export class ImapSession implements SourceSession {
  readonly facts: SourceFacts;
  private readonly marked = new Set<number>();

  constructor(
    private readonly talk: ImapTalk,
    private readonly settings: SourceSettings,
    offered: string[],
    greeting: string,
    private readonly folder: Folder,
  ) {
    // IMAP4rev2 has UIDPLUS in it (RFC 9051 appendix E).
    const uidPlus = offered.includes("UIDPLUS") || offered.includes("IMAP4REV2");
    const readOnly = !folder.writable;
    this.facts = { capabilities: offered, canPeek: true, canDelete: uidPlus && !readOnly, readOnly, greeting };
  }

  async list(): Promise<Listing> {
    const { epoch, exists } = this.folder;
    const uidsUsable = epoch !== "";
    if (exists === 0) return { epoch, mails: [], uidsUsable };
    try {
      const { mails, incomplete } = await listFolder(this.talk, this.settings.host, exists);
      this.talk.note(mails.length === 1 ? "1 mail listed" : `${mails.length} mails listed`);
      return { epoch, mails, uidsUsable, incomplete };
    } catch (error) {
      throw this.fault(error);
    }
  }

  async *peek(
    mails: Listed[],
  ): AsyncGenerator<{ mail: Listed; header: Buffer } | { mail: Listed; fault: SourceFault }> {
    for await (const item of this.parts(mails, "BODY[HEADER]")) {
      if ("fault" in item) yield item;
      else yield await headerOf(item);
    }
  }

  async *fetch(mails: Listed[]): AsyncGenerator<Fetched | { mail: Listed; fault: SourceFault }> {
    for await (const item of this.parts(mails, "BODY[]"))
      yield "fault" in item ? item : { mail: item.mail, bytes: this.told(item.bytes) };
  }

  /** Only remembers: flags are set in commit(), so that a session that is given up leaves nothing for others to expunge. */
  async markDeleted(mails: Listed[]): Promise<void> {
    if (mails.length > 0 && !this.facts.canDelete)
      throw new SourceFault(
        "protocol",
        `${this.settings.host} can't delete single mails here (no UIDPLUS, or the folder is read-only). Mailferry deletes nothing rather than other people's mail along.`,
      );
    for (const { number } of mails) this.marked.add(number);
  }

  async commit(): Promise<void> {
    try {
      const uids = [...this.marked].sort((a, b) => a - b);
      for (let at = 0; at < uids.length; at += batch.set) {
        const set = setOf(uids.slice(at, at + batch.set));
        await this.must(`UID STORE ${set} +FLAGS.SILENT (\\Deleted)`);
        await this.must(`UID EXPUNGE ${set}`);
      }
      // What was expunged is gone, whatever comes of the good-bye.
      await this.talk.ask("LOGOUT").catch(() => undefined);
      this.talk.wire.destroy();
    } catch (error) {
      throw this.fault(error);
    }
  }

  abort(): void {
    this.talk.wire.destroy();
  }

  private async must(command: string) {
    const answer = await this.talk.ask(command);
    if (!answer.ok) throw new SourceFault("protocol", `${this.settings.host} refused to delete mails.`, answer.text);
  }

  /** Bodies or headers in batches. What a batch left out is asked for again one by one: one bad mail stops no other. */
  private async *parts(mails: Listed[], section: Section): AsyncGenerator<Part | { mail: Listed; fault: SourceFault }> {
    let finished = false;
    try {
      for (const group of groupsOf(mails)) {
        const left = new Set(group);
        const result = yield* this.command(group, section, left);
        if (left.size > 0 && group.length > 1) for (const mail of [...left]) yield* this.single(mail, section);
        else for (const mail of left) yield { mail, fault: mailFault(mail, result.text) };
      }
      finished = true;
    } catch (error) {
      throw this.fault(error);
    } finally {
      if (!finished) this.abort();
    }
  }

  private async *single(mail: Listed, section: Section): AsyncGenerator<Part | { mail: Listed; fault: SourceFault }> {
    const left = new Set([mail]);
    const result = yield* this.command([mail], section, left);
    if (left.size > 0) yield { mail, fault: mailFault(mail, result.text) };
  }

  private async *command(group: Listed[], section: Section, left: Set<Listed>) {
    const parts = fetchParts(this.talk, setOf(group.map(({ number }) => number)), section, group);
    for (;;) {
      const next = await parts.next();
      if (next.done) return next.value;
      left.delete(next.value.mail);
      yield next.value;
    }
  }

  private async *told(bytes: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    try {
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

/** In the given order, which each command can keep only while UIDs ascend. */
function* groupsOf(mails: Listed[]): Generator<Listed[]> {
  let group: Listed[] = [];
  let bytes = 0;
  for (const mail of mails) {
    const last = group.at(-1);
    const full = group.length >= batch.mails || bytes + mail.size > batch.bytes || (last && last.number >= mail.number);
    if (last && full) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(mail);
    bytes += mail.size;
  }
  if (group.length > 0) yield group;
}

async function headerOf({ mail, bytes }: Part) {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length <= headerBound) parts.push(part);
  }
  if (length <= headerBound) return { mail, header: Buffer.concat(parts) };
  return { mail, fault: mailFault(mail, "its headers are larger than 4 MiB") };
}

const mailFault = (mail: Listed, text: string): SourceFault =>
  new SourceFault("mail", `The server did not hand out mail ${mail.number}.`, text, { uid: mail.uid });
