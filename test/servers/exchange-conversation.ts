// One connection to the scripted Exchange: commands in, its answers out, word for word as Exchange gives them.
import { createHash } from "node:crypto";
import type net from "node:net";
import tls from "node:tls";
import type { Envelope, ExchangeStage, House } from "./exchange";
import { MailEnd } from "./exchange-mail";

const ok = { sender: "250 2.1.0 Sender OK", recipient: "250 2.1.5 Recipient OK" };

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
    const starttls = options.tls === "starttls" && !this.envelope.tls;
    // The order in which Exchange 2016 and 2019 list them.
    const rows = [
      `SIZE ${options.sizeLimit}`,
      "PIPELINING",
      "DSN",
      "ENHANCEDSTATUSCODES",
      ...(starttls ? ["STARTTLS", "X-ANONYMOUSTLS"] : []),
      ...(options.auth.length > 0 ? [`AUTH ${options.auth.join(" ")}`, "X-EXPS GSSAPI NTLM"] : []),
      "8BITMIME",
      "BINARYMIME",
      "CHUNKING",
      "XRDST",
      ...options.extra,
    ].filter((row) => !options.without.includes(row.split(" ", 1)[0] ?? ""));
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
    const words =
      (this.envelope.helo === "" && "503 5.5.2 Send hello first") ||
      (options.requireTls && !this.envelope.tls && "451 5.7.3 STARTTLS is required to send mail") ||
      (options.requireAuth && !this.envelope.user && "530 5.7.57 Client not authenticated to send mail") ||
      (size > options.sizeLimit && "552 5.3.4 Message size exceeds fixed maximum message size") ||
      // Microsoft: message throttling; the connection is closed with it.
      (!this.house.mayTake() &&
        "421 4.4.2 Message submission rate for this client has exceeded the configured limit") ||
      ok.sender;
    this.reset();
    if (!(await this.answer("mail", words, line))) return;
    this.inMail = true;
    Object.assign(this.envelope, { sender, parameters });
  }

  private async rcpt(line: string) {
    if (!this.inMail) return this.write("503 5.5.2 Need mail command");
    const { options } = this.house;
    const recipient = /^RCPT TO:\s*<([^>]*)>/i.exec(line)?.[1] ?? "";
    const domain = recipient.split("@").at(-1)?.toLowerCase() ?? "";
    const foreign = options.domains !== null && !options.domains.includes(domain);
    const words =
      (foreign && "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain") ||
      (options.filter === "rcpt" &&
        this.unknown(recipient) &&
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup") ||
      ok.recipient;
    if (await this.answer("rcpt", words, line)) this.envelope.recipients.push(recipient);
  }

  private unknown(recipient: string): boolean {
    const known = this.house.options.recipients;
    return known !== null && !known.some((address) => address.toLowerCase() === recipient.toLowerCase());
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
    const words = this.judge(mail.size, mail.subject) ?? queued(mail.sha256, mail.size, options.name);
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

  private judge(size: number, subject: string): string | null {
    const { options } = this.house;
    const { sender, recipients } = this.envelope;
    const gone = options.filter === "dot" ? recipients.find((recipient) => this.unknown(recipient)) : undefined;
    const sendAs = options.refuseSendAs;
    if (sendAs === true || (Array.isArray(sendAs) && sendAs.includes(sender)))
      return "550 5.7.60 SMTP; Client does not have permissions to send as this sender";
    if (options.refuseNullSender && sender === "") return "554 5.1.0 Sender denied";
    if (gone !== undefined)
      return `550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${gone} not found by SMTP address lookup`;
    if (size > options.sizeLimit) return "552 5.3.4 Message size exceeds fixed maximum message size";
    if (options.spamWord !== "" && subject.toLowerCase().includes(options.spamWord.toLowerCase()))
      return "550 5.7.1 Message rejected as spam by Content Filtering.";
    return null;
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

function queued(sha256: string, size: number, name: string): string {
  const id = createHash("sha256").update(`${sha256}${Date.now()}`).digest("hex");
  const number = Number.parseInt(id.slice(0, 10), 16);
  return `250 2.6.0 <${id.slice(0, 32)}@${name}> [InternalId=${number}, Hostname=${name}] ${size} bytes in 0.101, ${(size / 103).toFixed(3)} KB/sec Queued mail for delivery`;
}
