// One client's conversation with the small IMAP server.
import type { ImapMail, World } from "./imap";
import type { LineClient } from "./line-server";

export class Conversation {
  private mails: ImapMail[] | null = null;
  private selected = false;
  private ended = false;

  constructor(
    private readonly client: LineClient,
    private readonly world: World,
  ) {}

  private get rude() {
    return this.world.server.rude;
  }

  async run() {
    await this.say(this.rude.greeting ?? (this.rude.preauth ? "* PREAUTH welcome back" : "* OK ready"));
    while (!this.ended) {
      const line = await this.command();
      if (line === null) return;
      const [, tag = "*", text = ""] = /^(\S+) (.*)$/s.exec(line) ?? [];
      const name = /^(UID \S+|\S+)/.exec(text.toUpperCase())?.[0] ?? "";
      this.world.server.commands.push(/^(LOGIN|AUTHENTICATE)$/.test(name) ? name : text);
      if (this.rude.dropAt === name) return this.client.drop();
      if (this.rude.byeAt === name) return this.say("* BYE too many sessions");
      await this.answer(tag, name, text.slice(name.length + 1));
    }
  }

  /** A line with its literals put in as quoted strings. */
  private async command(): Promise<string | null> {
    let whole = "";
    for (;;) {
      const line = await this.client.line();
      if (line === null) return null;
      const match = /\{(\d+)(\+?)\}$/.exec(line);
      if (!match) return whole + line;
      if (match[2] === "") await this.say("+ go on");
      const literal = (await this.client.octets(Number(match[1]))).toString("latin1");
      whole += `${line.slice(0, match.index)}"${literal.replace(/["\\]/g, "\\$&")}"`;
    }
  }

  private async answer(tag: string, name: string, text: string): Promise<void> {
    const done = (result: string) => this.say(`${tag} ${result}`);
    switch (name) {
      case "CAPABILITY":
        await this.say(`* CAPABILITY ${this.offered().join(" ")}`);
        return done("OK done");
      case "NOOP":
        return done("OK done");
      case "STARTTLS":
        return this.startTls(done);
      case "LOGIN": {
        const [user = "", password = ""] = stringsOf(text);
        return this.signIn(done, user, password);
      }
      case "AUTHENTICATE":
        return this.authenticate(done, text);
      case "LOGOUT":
        this.ended = true;
        await this.say("* BYE good-bye");
        return done("OK done");
    }
    if (!this.mails) return done("NO sign in first");
    if (name === "LIST") {
      await this.say('* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren) "/" "Entw&APw-rfe"');
      return done("OK done");
    }
    if (name === "SELECT" || name === "EXAMINE") return this.select(done, stringsOf(text)[0] ?? "", name);
    if (name === "MYRIGHTS" && this.rude.rights) {
      await this.say(`* MYRIGHTS INBOX ${this.rude.rights}`);
      return done("OK done");
    }
    if (!this.selected) return done("BAD no folder is open");
    if (name === "UID FETCH") return this.fetch(done, text);
    if (name === "UID SEARCH" && !this.rude.noSearch) {
      await this.say(
        `* SEARCH ${this.chosen("1:*")
          .map(({ uid }) => uid)
          .join(" ")}`.trimEnd(),
      );
      return done("OK done");
    }
    if (name === "UID STORE") return this.store(done, text);
    if (name === "UID EXPUNGE" && !this.rude.noUidPlus) return this.expunge(done, text);
    return done("BAD unknown command");
  }

  private offered(): string[] {
    const { rude, world, client } = this;
    const offered = ["IMAP4rev1"];
    if (!rude.noUidPlus) offered.push("UIDPLUS");
    if (!rude.noSasl) offered.push("AUTH=PLAIN");
    if (!rude.noSasl && !rude.noSaslIr) offered.push("SASL-IR");
    if (rude.rights) offered.push("ACL");
    if (rude.loginDisabled) offered.push("LOGINDISABLED");
    if (world.tls && !rude.noStartTls && !client.encrypted) offered.push("STARTTLS");
    return offered;
  }

  private async startTls(done: Done) {
    if (!this.world.tls || this.rude.noStartTls) return done("BAD no TLS here");
    const injected = this.rude.injectAfterStartTls;
    await done(`OK begin${injected ? `\r\n${injected}` : ""}`);
    await this.client.secure(this.world.tls);
  }

  private async authenticate(done: Done, text: string) {
    const [mechanism, initial] = text.split(" ");
    if (mechanism?.toUpperCase() !== "PLAIN" || this.rude.noSasl) return done("NO unknown mechanism");
    if (initial === undefined) await this.say("+ ");
    const secret = Buffer.from(initial ?? (await this.client.line()) ?? "", "base64");
    const [, user = "", password = ""] = secret.toString("latin1").split("\0");
    return this.signIn(done, user, password);
  }

  /** Both come as Latin-1 readings of UTF-8. */
  private signIn(done: Done, user: string, password: string) {
    if (this.rude.signIn) return done(this.rude.signIn);
    const name = Buffer.from(user, "latin1").toString("utf8");
    const known = this.world.users[name];
    if (known === undefined || Buffer.from(known).toString("latin1") !== password)
      return done("NO [AUTHENTICATIONFAILED] wrong user name or password");
    this.mails = this.world.of(name);
    return done("OK signed in");
  }

  private async select(done: Done, folder: string, name: string) {
    if (folder.toUpperCase() !== "INBOX") return done("NO [NONEXISTENT] no such folder");
    this.selected = true;
    await this.say(
      `* ${this.rude.hide ? 0 : (this.mails?.length ?? 0)} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted)`,
    );
    if (!this.rude.noUidValidity) await this.say(`* OK [UIDVALIDITY ${this.rude.uidValidity ?? 1}] valid`);
    const readOnly = name === "EXAMINE" || this.rude.readOnly;
    await this.say(`* OK [PERMANENTFLAGS (${readOnly ? "" : "\\Seen \\Deleted"})] limited`);
    return done(`OK [${readOnly ? "READ-ONLY" : "READ-WRITE"}] open`);
  }

  private async fetch(done: Done, text: string) {
    const chosen = this.chosen(text);
    const listing = !text.includes("BODY");
    for (const mail of chosen) {
      if (listing && this.rude.refuseListingOf === mail.uid) return done("NO [SERVERBUG] can't read some of them");
      if (listing && this.rude.loseLineOf === mail.uid && chosen.length > 1) continue;
      if (this.rude.refuseUid === mail.uid && text.includes("BODY")) return done("NO can't read it");
      if (this.rude.chatty) await this.say("* OK still here\r\n* 1 FETCH (FLAGS (\\Recent))");
      await this.fetchOne(mail, text.toUpperCase());
    }
    return done("OK done");
  }

  private async fetchOne(mail: ImapMail, what: string) {
    const head = `* ${(this.mails?.indexOf(mail) ?? 0) + 1} FETCH (`;
    const section = /BODY(?:\.PEEK)?(\[(?:HEADER)?\])/.exec(what)?.[1];
    if (!section) {
      const size = this.rude.noSizeOf === mail.uid ? "" : `RFC822.SIZE ${mail.bytes.length} `;
      return this.say(`${head}UID ${mail.uid} ${size}INTERNALDATE "${internalDate(mail.receivedAt)}")`);
    }
    if (!what.includes(".PEEK")) mail.flags.add("\\Seen");
    const bytes = section === "[]" ? mail.bytes : headerOf(mail.bytes);
    const plain = bytes.toString("latin1");
    const [before, after] = this.rude.uidLast ? ["", ` UID ${mail.uid}`] : [`UID ${mail.uid} `, ""];
    if (this.rude.quotedBodies && /^[\x20-\x7e]{0,200}$/.test(plain))
      return this.say(`${head}${before}BODY${section} "${plain.replace(/["\\]/g, "\\$&")}"${after})`);
    await this.client.send(`${head}${before}BODY${section} {${bytes.length}}\r\n`);
    if (this.rude.trickle && section === "[]") return this.client.trickle(bytes, this.rude.trickle);
    await this.client.send(bytes);
    return this.say(`${after})`);
  }

  private async store(done: Done, text: string) {
    if (this.rude.readOnly) return done("NO read-only");
    for (const mail of this.chosen(text)) if (/\+FLAGS\S* \(\\Deleted\)/i.test(text)) mail.flags.add("\\Deleted");
    return done("OK done");
  }

  private async expunge(done: Done, text: string) {
    const mails = this.mails ?? [];
    for (const mail of this.chosen(text)) {
      if (!mail.flags.has("\\Deleted")) continue;
      const at = mails.indexOf(mail);
      this.world.server.deleted.push(...mails.splice(at, 1));
      await this.say(`* ${at + 1} EXPUNGE`);
    }
    return done("OK done");
  }

  private chosen(text: string): ImapMail[] {
    const ranges = (text.split(" ")[0] ?? "").split(",").map((range) => {
      const [from = "", to = from] = range.split(":");
      return { from: Number(from), to: to === "*" ? Number.POSITIVE_INFINITY : Number(to) };
    });
    return (this.mails ?? []).filter(({ uid }) => ranges.some(({ from, to }) => uid >= from && uid <= to));
  }

  private say(line: string): Promise<void> {
    return this.client.send(`${line}\r\n`);
  }
}

type Done = (result: string) => Promise<void>;

/** Atoms and quoted strings. */
const stringsOf = (text: string): string[] =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gs)].map((match) =>
    (match[1] ?? match[2] ?? "").replace(/\\(.)/gs, "$1"),
  );

function internalDate(date: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString()) ?? [];
  return `${day}-${month}-${year} ${time} +0000`;
}

function headerOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf("\r\n\r\n");
  return end < 0 ? bytes : bytes.subarray(0, end + 4);
}
