// One client's conversation with the small POP3 server.

import type { LineClient } from "./line-server";
import type { Pop3Mail, World } from "./pop3";

export class Conversation {
  private user = "";
  private mails: Pop3Mail[] | null = null;
  private readonly marked = new Set<Pop3Mail>();
  private readonly used = new Map<string, number>();
  private ended = false;

  constructor(
    private readonly client: LineClient,
    private readonly world: World,
  ) {}

  private get rude() {
    return this.world.server.rude;
  }

  async run() {
    await this.say(this.rude.greeting ?? "+OK ready");
    while (!this.ended) {
      const line = await this.client.line();
      if (line === null) return;
      const [name = "", ...rest] = line.split(" ");
      const command = name.toUpperCase();
      this.world.server.commands.push(/^(PASS|AUTH)$/.test(command) ? command : line);
      if (this.rude.slow) await new Promise((done) => setTimeout(done, this.rude.slow));
      const count = (this.used.get(command) ?? 0) + 1;
      this.used.set(command, count);
      if (this.rude.dropAt?.command === command && this.rude.dropAt.count === count) return this.client.drop();
      await this.answer(command, rest.join(" "));
    }
  }

  private answer(command: string, text: string): Promise<void> {
    const mail = this.mails?.[Number(text.split(" ")[0]) - 1];
    switch (command) {
      case "CAPA":
        return this.capa();
      case "STLS":
        return this.stls();
      case "USER":
        this.user = text;
        return this.say("+OK");
      case "PASS":
        return this.signIn(this.user, text);
      case "AUTH":
        return this.auth(text);
      case "QUIT":
        return this.quit();
      case "NOOP":
        return this.say("+OK");
    }
    if (!this.mails) return this.say("-ERR sign in first");
    switch (command) {
      case "STAT":
        return this.say(`+OK ${this.mails.length} ${this.mails.reduce((sum, { bytes }) => sum + bytes.length, 0)}`);
      case "LIST":
        return text === "" ? this.listing(this.sizeOf, this.rude.listLine) : this.oneOf(mail, this.sizeOf);
      case "UIDL":
        if (this.rude.noUidl) return this.say("-ERR unknown command");
        return text === "" ? this.listing(this.uidOf) : this.oneOf(mail, this.uidOf);
      case "RSET":
        this.marked.clear();
        return this.say("+OK");
    }
    if (!mail || this.marked.has(mail)) return this.say("-ERR no such mail");
    return this.ofMail(command, mail, Number(text.split(" ")[1] ?? 0));
  }

  private readonly sizeOf = ({ bytes }: Pop3Mail) => String(Math.max(0, bytes.length + (this.rude.sizeLie ?? 0)));
  private readonly uidOf = ({ uid }: Pop3Mail) => this.rude.sameUidl ?? `${this.rude.uidlPrefix ?? ""}${uid}`;

  /** LIST n and UIDL n: one line. */
  private oneOf(mail: Pop3Mail | undefined, of: (mail: Pop3Mail) => string): Promise<void> {
    if (!mail || this.marked.has(mail)) return this.say("-ERR no such mail");
    return this.say(`+OK ${(this.mails?.indexOf(mail) ?? 0) + 1} ${of(mail)}`);
  }

  private ofMail(command: string, mail: Pop3Mail, lines: number): Promise<void> {
    const number = (this.mails?.indexOf(mail) ?? 0) + 1;
    const refused = this.rude.refuseMail === number;
    if (command === "RETR" && this.rude.hangAt && mail.bytes.includes(this.rude.hangAt)) return this.hang();
    if (command === "RETR") return refused ? this.say("-ERR [SYS/TEMP] can't read it") : this.send(mail.bytes, number);
    if (command === "TOP" && !this.rude.noTop)
      return refused
        ? this.say("-ERR can't read it")
        : this.send(topOf(mail.bytes, lines), lines >= wholeMail ? number : 0);
    if (command !== "DELE") return this.say("-ERR unknown command");
    if (this.rude.refuseDelete === number) return this.say("-ERR not this one");
    this.marked.add(mail);
    return this.say("+OK");
  }

  private capa(): Promise<void> {
    if (this.rude.noCapa) return this.say("-ERR unknown command");
    const offered = ["USER"];
    if (!this.rude.noTop) offered.push("TOP");
    if (!this.rude.noUidl && !this.rude.hideUidl) offered.push("UIDL");
    if (!this.rude.noPipelining) offered.push("PIPELINING");
    if (!this.rude.noSasl) offered.push("SASL PLAIN");
    if (this.world.tls && !this.rude.noStls && !this.client.encrypted) offered.push("STLS");
    return this.client.send(`+OK\r\n${offered.join("\r\n")}\r\n.\r\n`);
  }

  private async stls() {
    if (!this.world.tls || this.rude.noStls) return this.say("-ERR no TLS here");
    await this.say(`+OK begin${this.rude.injectAfterStls ? `\r\n${this.rude.injectAfterStls}` : ""}`);
    await this.client.secure(this.world.tls);
  }

  private async auth(text: string) {
    const [mechanism, initial] = text.split(" ");
    if (mechanism?.toUpperCase() !== "PLAIN" || this.rude.noSasl) return this.say("-ERR unknown mechanism");
    if (initial === undefined) await this.say("+ ");
    const [, user = "", password = ""] = Buffer.from(initial ?? (await this.client.line()) ?? "", "base64")
      .toString("utf8")
      .split("\0");
    return this.signIn(user, password);
  }

  private signIn(user: string, password: string): Promise<void> {
    if (this.rude.signIn) return this.say(this.rude.signIn);
    const given = Buffer.from(password, "utf8");
    const known = this.world.users[user];
    // Lines are read as Latin-1, passwords are written as UTF-8.
    const right = known !== undefined && (known === password || Buffer.from(known).toString("latin1") === password);
    if (!right || given.length === 0) return this.say("-ERR [AUTH] wrong user name or password");
    this.user = user;
    this.mails = [...this.world.of(user)];
    return this.say(`+OK ${this.mails.length} mails`);
  }

  private listing(of: (mail: Pop3Mail) => string, odd?: { mail: number; text: string | null }): Promise<void> {
    const lines = (this.mails ?? []).flatMap((mail, at) => {
      if (this.marked.has(mail)) return [];
      if (odd?.mail === at + 1) return odd.text === null ? [] : [`${odd.text}\r\n`];
      return [`${at + 1} ${of(mail)}\r\n`];
    });
    return this.client.send(`+OK\r\n${lines.join("")}.\r\n`);
  }

  private async send(bytes: Buffer, number: number) {
    const end = this.rude.bareLf ? "\n" : "\r\n";
    const text = bytes.toString("latin1").replace(this.rude.bareLf ? /(^|\n)\./g : /(^|\r\n)\./g, "$1..");
    const ended = text === "" || text.endsWith(end) ? text : text + end;
    await this.client.send(`+OK${end}`);
    if (this.rude.trickle && number > 0) await this.client.trickle(Buffer.from(ended, "latin1"), this.rude.trickle);
    else await this.client.send(Buffer.from(ended, "latin1"));
    if (this.rude.noFinalDot !== number) await this.client.send(`.${end}`);
  }

  private hang(): Promise<void> {
    this.world.server.hung += 1;
    return new Promise(() => {});
  }

  private async quit() {
    this.ended = true;
    if (this.mails) {
      const mails = this.world.of(this.user);
      for (const mail of this.marked) {
        const at = mails.indexOf(mail);
        if (at >= 0) this.world.server.deleted.push(...mails.splice(at, 1));
      }
    }
    if (!this.rude.dropAtQuit) await this.say("+OK bye");
  }

  private say(line: string): Promise<void> {
    return this.client.send(`${line}\r\n`);
  }
}

/** A TOP of so many lines is meant for the whole mail, as a RETR: fetchmail asks so. */
const wholeMail = 1_000_000;

/** The header block and so many lines of the body (RFC 1939 §7). */
function topOf(bytes: Buffer, lines: number): Buffer {
  const text = bytes.toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  if (!end) return bytes;
  let at = end.index + end[0].length;
  for (let n = 0; n < lines && at > 0 && at < bytes.length; n += 1) at = bytes.indexOf(10, at) + 1 || bytes.length;
  return bytes.subarray(0, at);
}
