// A small POP3 server with mailboxes in memory, for tests and the demo; rude on request. Needs nothing but Node.
import { createHash } from "node:crypto";
import { type Certificate, listen } from "./line-server";
import { Conversation } from "./pop3-conversation";

export interface Pop3Mail {
  uid: string;
  bytes: Buffer;
}

/** What it does wrong. Change it at any time: it is read at every command. */
export interface Pop3Rudeness {
  noCapa?: boolean;
  noUidl?: boolean;
  /** CAPA does not name UIDL, though it is there */
  hideUidl?: boolean;
  noTop?: boolean;
  noPipelining?: boolean;
  noStls?: boolean;
  noSasl?: boolean;
  /** every mail has this UIDL */
  sameUidl?: string;
  /** UIDLs get this in front: another numbering of the same mails */
  uidlPrefix?: string;
  /** how LIST writes mail N: null leaves it out */
  listLine?: { mail: number; text: string | null };
  /** LIST says this many octets more (or fewer) */
  sizeLie?: number;
  /** RETR of mail N, or a TOP of all of it, ends without its dot */
  noFinalDot?: number;
  /** -ERR to RETR and TOP of mail N */
  refuseMail?: number;
  /** sends mails as they are stored, with bare LF line ends around them */
  bareLf?: boolean;
  /** the whole answer to PASS or AUTH, e.g. "-ERR [IN-USE] another session" */
  signIn?: string;
  /** the whole greeting */
  greeting?: string;
  /** said in clear directly after the answer to STLS */
  injectAfterStls?: string;
  /** closes the connection instead of answering this command's N-th use */
  dropAt?: { command: string; count: number };
  /** DELEs are done, but the answer to QUIT never comes */
  dropAtQuit?: boolean;
  /** -ERR to DELE of mail N */
  refuseDelete?: number;
  /** RETR of the mail with this text in it is never answered: a test kills whoever asks */
  hangAt?: string;
  /** bodies come octet by octet, so many milliseconds apart */
  trickle?: number;
  /** milliseconds before each answer */
  slow?: number;
}

export interface Pop3Server {
  port: number;
  rude: Pop3Rudeness;
  /** commands of all clients, passwords left out */
  commands: string[];
  add(user: string, bytes: Buffer | string, uid?: string): Pop3Mail;
  list(user: string): Pop3Mail[];
  /** Takes mails of this UIDL away, as another program would. */
  take(user: string, uid: string): Pop3Mail[];
  deleted: Pop3Mail[];
  /** how often `hangAt` was asked for */
  hung: number;
  close(): Promise<void>;
}

export interface Pop3Options {
  /** name → password */
  users: Record<string, string>;
  port?: number;
  tls?: Certificate;
  /** TLS from the first octet; else STLS when there is a certificate */
  implicit?: boolean;
  rude?: Pop3Rudeness;
}

export async function startPop3({ users, port, tls, implicit, rude = {} }: Pop3Options): Promise<Pop3Server> {
  const mailboxes = new Map(Object.keys(users).map((user) => [user, [] as Pop3Mail[]]));
  const of = (user: string) => {
    const mails = mailboxes.get(user);
    if (!mails) throw new Error(`no mailbox ${user}`);
    return mails;
  };
  const server: Pop3Server = {
    port: 0,
    rude,
    commands: [],
    deleted: [],
    hung: 0,
    add(user, given, uid) {
      const bytes = typeof given === "string" ? Buffer.from(given, "latin1") : given;
      const mail = { uid: uid ?? nextUid(bytes, of(user).length + server.deleted.length), bytes };
      of(user).push(mail);
      return mail;
    },
    list: (user) => [...of(user)],
    take: (user, uid) => {
      const gone = of(user).filter((mail) => mail.uid === uid);
      mailboxes.set(
        user,
        of(user).filter((mail) => mail.uid !== uid),
      );
      return gone;
    },
    close: async () => {},
  };
  const world: World = { server, users, of, tls: implicit ? undefined : tls };
  const listening = await listen((client) => new Conversation(client, world).run(), {
    port,
    implicit: implicit ? tls : undefined,
  });
  server.port = listening.port;
  server.close = listening.close;
  return server;
}

const nextUid = (bytes: Buffer, count: number) =>
  `${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}-${count}`;

/** What every conversation of one server sees. */
export interface World {
  server: Pop3Server;
  users: Record<string, string>;
  of: (user: string) => Pop3Mail[];
  tls: Certificate | undefined;
}
