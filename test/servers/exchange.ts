// A scripted server that behaves as Microsoft Exchange does on its receive connectors, for tests and the demo. Every behaviour
// is a switch that can be turned while it runs. Nothing but Node is needed.
import net from "node:net";
import { Conversation } from "./exchange-conversation";

export type ExchangeStage = "connect" | "ehlo" | "starttls" | "auth" | "mail" | "rcpt" | "data" | "dot";

/** Replies of a stage instead of Exchange's own: always the same, one after another (then its own again), or as a function says. */
export type Scripted = string | string[] | ((line: string, mail: Envelope) => string | null);

export interface Envelope {
  helo: string;
  sender: string;
  recipients: string[];
  /** what followed the address in MAIL: SIZE=… BODY=8BITMIME */
  parameters: string;
  /** TLS version, or null in clear */
  tls: string | null;
  /** who signed in */
  user: string | null;
  connection: number;
}

/** A mail that was stored, with its exact bytes after unstuffing. */
export interface StoredMail extends Envelope {
  /** empty with keep: "hash" */
  raw: Buffer;
  sha256: string;
  size: number;
  subject: string;
  at: Date;
  /** false: stored, but the answer never left */
  answered: boolean;
}

export interface ExchangeOptions {
  /** 0: a free port */
  port: number;
  name: string;
  keep: "bytes" | "hash";
  tls: "starttls" | "implicit" | "none";
  /** may be swapped while running: Exchange renews its self-signed certificate */
  certificate: { key: string; cert: string } | null;
  newestTls: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  /** what becomes of a handshake: the connection is closed, nothing comes, or text comes in clear */
  brokenHandshake: "close" | "silent" | "clear" | null;
  /** sent in clear together with the answer to STARTTLS, as an attacker between would (CVE-2011-0411) */
  injectedBeforeTls: string;
  /** mechanisms offered; Exchange offers NTLM, and LOGIN once Basic authentication is on (and TLS, where it says so) */
  auth: string[];
  users: Record<string, string>;
  /** 530 5.7.57: the connector takes no anonymous mail */
  requireAuth: boolean;
  /** 451 5.7.3: a connector with RequireTLS */
  requireTls: boolean;
  /** EHLO lines taken away or added */
  without: string[];
  extra: string[];
  /** MaxMessageSize of the connector; 36 MB by default (Microsoft: message size limits) */
  sizeLimit: number;
  /** accepted domains; another one is answered 550 5.7.54. null: every domain */
  domains: string[] | null;
  /** which addresses exist; null: all */
  recipients: string[] | null;
  /**
   * Where unknown addresses are refused. "dot": the Recipient Filter agent on a Mailbox server takes every RCPT and refuses
   * the whole mail after the dot, since the front end asks the back end only then (Microsoft: recipient filtering; J. Bai).
   * "rcpt": Edge servers. "off", the default of Exchange: taken, and bounced later.
   */
  filter: "off" | "rcpt" | "dot";
  /** TarpitInterval: every 5xx is held back, 5 s on receive connectors (Microsoft: Set-ReceiveConnector); 0 in tests */
  tarpitMs: number;
  /** MaxInboundConnectionPerSource (20 on connectors that people add), then 421 4.3.2 */
  maxConnections: number | null;
  /** Sender Filter with blank senders blocked: `<>` is taken at MAIL and refused after the dot (seen: 554 5.1.0 Sender denied) */
  refuseNullSender: boolean;
  /** senders that the signed-in account may not use, or all: 550 5.7.60 (ms-Exch-SMTP-Accept-Any-Sender is missing) */
  refuseSendAs: boolean | string[];
  /** a word in the subject that the content filter calls spam; empty: none */
  spamWord: string;
  /** MaxAcknowledgementDelay, shadow redundancy: the dot is answered late (30 s by default) */
  dotDelayMs: number;
  /** how many mails more are stored without ever being answered: the connection is closed instead */
  loseAnswers: number;
  /** at this stage the connection is closed without an answer */
  drop: ExchangeStage | null;
  /** MessageRateLimit: mails per minute and source, then 421 4.4.2 */
  ratePerMinute: number | null;
  replies: Partial<Record<ExchangeStage, Scripted>>;
}

const defaults: ExchangeOptions = {
  port: 0,
  name: "EX01.contoso.example",
  keep: "bytes",
  tls: "none",
  certificate: null,
  newestTls: "TLSv1.3",
  brokenHandshake: null,
  injectedBeforeTls: "",
  auth: ["NTLM"],
  users: {},
  requireAuth: false,
  requireTls: false,
  without: [],
  extra: [],
  sizeLimit: 37_748_736,
  domains: null,
  recipients: null,
  filter: "off",
  tarpitMs: 0,
  maxConnections: null,
  refuseNullSender: false,
  refuseSendAs: false,
  spamWord: "",
  dotDelayMs: 0,
  loseAnswers: 0,
  drop: null,
  ratePerMinute: null,
  replies: {},
};

export interface ExchangeServer {
  readonly port: number;
  /** turned while it runs */
  readonly options: ExchangeOptions;
  readonly mails: StoredMail[];
  /** the newest 10,000 command lines, "AUTH …" with its payload */
  readonly commands: string[];
  /** connections so far, and now */
  readonly connections: { total: number; now: number };
  /** resolves once so many mails are stored */
  arrived(count: number, withinMs?: number): Promise<StoredMail[]>;
  /** closes every open connection at once; goes on listening */
  cut(): void;
  stop(): Promise<void>;
}

/** What a conversation needs of its server. */
export interface House {
  options: ExchangeOptions;
  connections: { total: number; now: number };
  heard(line: string): void;
  store(mail: StoredMail): void;
  /** false when the message rate is exceeded */
  mayTake(): boolean;
}

export async function startExchange(wish: Partial<ExchangeOptions> = {}): Promise<ExchangeServer> {
  const options: ExchangeOptions = { ...defaults, tls: wish.certificate ? "starttls" : "none", ...wish };
  const mails: StoredMail[] = [];
  const commands: string[] = [];
  const connections = { total: 0, now: 0 };
  const waiting = new Set<() => void>();
  const sockets = new Set<net.Socket>();
  let lately: number[] = [];
  const house: House = {
    options,
    connections,
    heard: (line) => {
      commands.push(line);
      if (commands.length > 10_000) commands.shift();
    },
    store: (mail) => {
      mails.push(mail);
      for (const look of waiting) look();
    },
    mayTake: () => {
      const now = Date.now();
      lately = lately.filter((time) => time > now - 60_000);
      if (options.ratePerMinute !== null && lately.length >= options.ratePerMinute) return false;
      lately.push(now);
      return true;
    },
  };
  const server = net.createServer({ noDelay: true }, (socket) => {
    connections.total += 1;
    connections.now += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      connections.now -= 1;
      sockets.delete(socket);
    });
    new Conversation(house, socket, connections.total).begin();
  });
  await new Promise<void>((done, failed) => {
    server.once("error", failed);
    server.listen(options.port, "127.0.0.1", done);
  });
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === "object" ? bound.port : options.port,
    options,
    mails,
    commands,
    connections,
    arrived: (count, withinMs = 10_000) => arrived(mails, waiting, count, withinMs),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  };
}

function arrived(mails: StoredMail[], waiting: Set<() => void>, count: number, withinMs: number) {
  return new Promise<StoredMail[]>((done, failed) => {
    const settle = () => {
      clearTimeout(timer);
      waiting.delete(look);
    };
    const look = () => {
      if (mails.length < count) return;
      settle();
      done(mails);
    };
    const timer = setTimeout(() => {
      settle();
      failed(new Error(`${mails.length} of ${count} mails arrived within ${withinMs / 1000} s`));
    }, withinMs);
    waiting.add(look);
    look();
  });
}
