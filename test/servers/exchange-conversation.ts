// One connection to the scripted Exchange: commands in, its answers out, word for word as Exchange gives them.
import type net from "node:net";
import tls from "node:tls";
import type { Envelope, ExchangeStage, House } from "./exchange";
import { MailEnd } from "./exchange-mail";
import { dotWords, mailWords, offers, rcptWords } from "./exchange-words";

export class Conversation {
  private socket: net.Socket;
  private input: Buffer = Buffer.alloc(0);
  private working = false;
  private body: MailEnd | null = null;
  private login: { user: string | null } | null = null;
  private envelope: Envelope;
  private inMail = false;

  constructor(
    private readonly house: House,
    socket: net.Socket,
    connection: number,
  ) {
    this.socket = socket;
    this.envelope = { helo: "", sender: "", recipients: [], parameters: "", tls: null, user: null, connection };
  }

  begin(): void {
    const { options } = this.house;
    if (options.tls === "implicit") {
      this.secure();
      return;
    }
    this.listen(this.socket);
    void this.greet();
  }

  private listen(socket: net.Socket) {
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.input = this.input.length === 0 ? chunk : Buffer.concat([this.input, chunk]);
      void this.work();
    });
  }

  private async greet() {
    const { options, connections } = this.house;
    if (options.maxConnections !== null && connections.now > options.maxConnections) {
      const words =
        "421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel";
      await this.answer("connect", words);
      return;
    }
    const ready = new Date().toUTCString().replace("GMT", "+0000");
    await this.answer("connect", `220 ${options.name} Microsoft ESMTP MAIL Service ready at ${ready}`);
  }

  /** One thing at a time, in order, whatever was pipelined. */
  private async work() {
    if (this.working) return;
    this.working = true;
    while (!this.socket.destroyed && this.input.length > 0) {
      if (this.body) {
        const whole = this.body.take(this.input);
        this.input = whole ?? Buffer.alloc(0);
        if (whole) await this.finish(this.body);
        continue;
      }
      const end = this.input.indexOf("\r\n");
      if (end < 0) break;
      const line = this.input.subarray(0, end).toString("utf8");
      this.input = this.input.subarray(end + 2);
      this.house.heard(line);
      await this.command(line);
    }
    this.working = false;
  }

  private async command(line: string): Promise<unknown> {
    if (this.login) return this.goOnSigningIn(line);
    const verb = line.split(/[ :]/, 1)[0]?.toUpperCase();
    if (verb === "EHLO" || verb === "HELO") return this.hello(verb, line);
    if (verb === "STARTTLS") return this.startTls(line);
    if (verb === "AUTH") return this.signIn(line);
    if (verb === "MAIL") return this.mail(line);
    if (verb === "RCPT") return this.rcpt(line);
    if (verb === "DATA") return this.data(line);
    if (verb === "RSET") {
      this.reset();
      return this.write("250 2.0.0 Resetting");
    }
    if (verb === "NOOP") return this.write("250 2.0.0 OK");
    if (verb === "QUIT") {
      this.write("221 2.0.0 Service closing transmission channel");
      this.socket.end();
      return;
    }
    return this.write(`500 5.3.3 Unrecognized command '${verb}'`);
  }

  private hello(verb: string, line: string) {
    const { options } = this.house;
    this.envelope.helo = line.slice(5).trim();
    this.reset();
    if (this.envelope.helo === "") return this.answer("ehlo", "501 5.5.4 Invalid domain name", line);
    const first = `${options.name} Hello [${this.socket.remoteAddress ?? "127.0.0.1"}]`;
    if (verb === "HELO") return this.answer("ehlo", `250 ${first}`, line);
    const rows = offers(options, this.envelope);
    const all = [first, ...rows];
    return this.answer("ehlo", all.map((row, at) => `250${at < all.length - 1 ? "-" : " "}${row}`).join("\r\n"), line);
  }

  private async startTls(line: string) {
    const { options } = this.house;
    if (options.tls !== "starttls" || this.envelope.tls) return this.write("502 5.3.3 Command not implemented");
    if (options.brokenHandshake === null && !options.certificate) return this.write("454 4.7.0 TLS not available");
    if (!(await this.answer("starttls", "220 2.0.0 SMTP server ready", line))) return;
    if (options.injectedBeforeTls) this.socket.write(options.injectedBeforeTls);
    this.socket.removeAllListeners("data");
    this.secure();
  }

  /** After the answer to STARTTLS, or at once where TLS is implicit. */
  private secure() {
    const { brokenHandshake, certificate, newestTls, tls: kind } = this.house.options;
    if (brokenHandshake === "close") return void this.socket.destroy();
    if (brokenHandshake === "silent") return void this.socket.resume();
    if (brokenHandshake === "clear" || !certificate) {
      // A server that knows no TLS answers the handshake's first octets as if they were a command.
      this.socket.once("data", () => this.write("500 5.3.3 Unrecognized command"));
      return;
    }
    const old = newestTls === "TLSv1" || newestTls === "TLSv1.1";
    const secured = new tls.TLSSocket(this.socket, {
      isServer: true,
      secureContext: tls.createSecureContext({
        ...certificate,
        maxVersion: newestTls,
        minVersion: "TLSv1",
        ...(old ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
      }),
    });
    this.input = Buffer.alloc(0);
    this.socket = secured;
    this.listen(secured);
    secured.once("secure", () => {
      this.envelope.tls = secured.getProtocol();
      this.envelope.helo = "";
      if (kind === "implicit") void this.greet();
    });
  }

  private async signIn(line: string) {
    const { auth } = this.house.options;
    const [, kind = "", response] = line.split(" ");
    if (!auth.includes(kind.toUpperCase()))
      return this.answer("auth", "504 5.7.4 Unrecognized authentication type", line);
    if (kind.toUpperCase() === "PLAIN") {
      const [, user = "", password = ""] = decode(response ?? "").split("\0");
      return this.judgeLogin(user, password);
    }
    if (!(await this.answer("auth", "334 VXNlcm5hbWU6", line))) return;
    this.login = { user: null };
  }

  private async goOnSigningIn(line: string) {
    const { login } = this;
    if (login && login.user === null) {
      login.user = decode(line);
      return this.write("334 UGFzc3dvcmQ6");
    }
    this.login = null;
    return this.judgeLogin(login?.user ?? "", decode(line));
  }

  private async judgeLogin(user: string, password: string) {
    const right = this.house.options.users[user] === password && password !== "";
    // Exchange holds a refused sign-in back for 5 s as well.
    if (right) this.envelope.user = user;
    await this.answer(
      "auth",
      right ? "235 2.7.0 Authentication successful" : "535 5.7.3 Authentication unsuccessful",
      "AUTH",
    );
  }

  private async mail(line: string) {
    const { options } = this.house;
    const [, sender = "", parameters = ""] = /^MAIL FROM:\s*<([^>]*)>\s*(.*)$/i.exec(line) ?? [];
    const size = Number(/SIZE=(\d+)/i.exec(parameters)?.[1] ?? 0);
    const words = mailWords(options, this.envelope, size, () => this.house.mayTake());
    this.reset();
    if (!(await this.answer("mail", words, line))) return;
    this.inMail = true;
    Object.assign(this.envelope, { sender, parameters });
  }

  private async rcpt(line: string) {
    if (!this.inMail) return this.write("503 5.5.2 Need mail command");
    const recipient = /^RCPT TO:\s*<([^>]*)>/i.exec(line)?.[1] ?? "";
    const words = rcptWords(this.house.options, recipient);
    if (await this.answer("rcpt", words, line)) this.envelope.recipients.push(recipient);
  }

  private async data(line: string) {
    if (!this.inMail) return this.write("503 5.5.2 Need mail command");
    if (this.envelope.recipients.length === 0) return this.write("503 5.5.2 Need rcpt command");
    if (await this.answer("data", "354 Start mail input; end with <CRLF>.<CRLF>", line))
      this.body = new MailEnd(this.house.options.keep);
  }

  /** The dot has come: what Exchange makes of the mail, and whether its answer gets out. */
  private async finish(body: MailEnd) {
    const { options } = this.house;
    this.body = null;
    const mail = body.mail({ ...this.envelope, recipients: [...this.envelope.recipients] });
    const words = dotWords(options, mail);
    if (options.dotDelayMs > 0) await pause(options.dotDelayMs);
    const scripted = options.drop === "dot" ? null : this.scripted("dot", words, ".");
    const taken = scripted?.startsWith("2") ?? false;
    const silent = taken && options.loseAnswers > 0;
    if (silent) options.loseAnswers -= 1;
    if (taken) this.house.store({ ...mail, answered: !silent });
    this.reset();
    if (silent || scripted === null) return void this.socket.destroy();
    await this.send(scripted);
  }

  private reset() {
    this.inMail = false;
    Object.assign(this.envelope, { sender: "", recipients: [], parameters: "" });
  }

  /** Answers a stage; false when the answer was no success, or none was given. */
  private async answer(stage: ExchangeStage, words: string, line = ""): Promise<boolean> {
    if (this.house.options.drop === stage) {
      this.socket.destroy();
      return false;
    }
    const reply = this.scripted(stage, words, line);
    await this.send(reply);
    return /^[23]/.test(reply);
  }

  private scripted(stage: ExchangeStage, words: string, line: string): string {
    const wish = this.house.options.replies[stage];
    if (typeof wish === "string") return wish;
    if (Array.isArray(wish)) return wish.shift() ?? words;
    return wish?.(line, this.envelope) ?? words;
  }

  private async send(words: string) {
    const { tarpitMs } = this.house.options;
    if (words.startsWith("5") && tarpitMs > 0) await pause(tarpitMs);
    this.write(words);
    if (words.startsWith("421")) this.socket.end();
  }

  private write(words: string): void {
    if (!this.socket.destroyed) this.socket.write(`${words.replace(/\r?\n/g, "\r\n")}\r\n`);
  }
}

const decode = (text: string) => Buffer.from(text, "base64").toString("utf8");
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
