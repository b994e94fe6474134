// A small IMAP server with mailboxes in memory, for tests and the demo: as much of RFC 9051 as collecting needs; rude on
// request. Needs nothing but Node.
import { Conversation } from "./imap-conversation";
import { type Certificate, listen } from "./line-server";

export interface ImapMail {
  uid: number;
  bytes: Buffer;
  receivedAt: Date;
  flags: Set<string>;
}

/** What it does wrong. Change it at any time: it is read at every command. */
export interface ImapRudeness {
  noUidPlus?: boolean;
  noStartTls?: boolean;
  noSasl?: boolean;
  noSaslIr?: boolean;
  loginDisabled?: boolean;
  /** greets with PREAUTH */
  preauth?: boolean;
  /** the whole greeting */
  greeting?: string;
  /** another number than 1 */
  uidValidity?: number;
  /** no UIDVALIDITY at all */
  noUidValidity?: boolean;
  /** the folder shows no mail at all */
  hide?: boolean;
  /** a listing has no size of this UID */
  noSizeOf?: number;
  /** a listing of several mails leaves this UID out */
  loseLineOf?: number;
  /** a listing with this UID in it ends with NO after the mails before it */
  refuseListingOf?: number;
  /** UID SEARCH is refused */
  noSearch?: boolean;
  /** SELECT answers [READ-ONLY] */
  readOnly?: boolean;
  /** offers ACL, and this is what MYRIGHTS answers, e.g. "lr" */
  rights?: string;
  /** bodies come octet by octet, so many milliseconds apart */
  trickle?: number;
  /** the result of signing in, e.g. "NO [UNAVAILABLE] later" */
  signIn?: string;
  /** said in clear directly after the answer to STARTTLS */
  injectAfterStartTls?: string;
  /** FETCH of this UID ends with NO, and the mails after it are not sent */
  refuseUid?: number;
  /** UID comes after the body */
  uidLast?: boolean;
  /** bodies as quoted strings where they fit */
  quotedBodies?: boolean;
  /** unasked-for lines in between */
  chatty?: boolean;
  /** closes the connection instead of answering, e.g. "UID EXPUNGE" */
  dropAt?: string;
  /** BYE and closed instead of answering, e.g. "LOGIN" */
  byeAt?: string;
}

export interface ImapServer {
  port: number;
  rude: ImapRudeness;
  /** commands of all clients without their tags, passwords left out */
  commands: string[];
  add(user: string, bytes: Buffer | string, receivedAt?: Date): ImapMail;
  list(user: string): ImapMail[];
  deleted: ImapMail[];
  close(): Promise<void>;
}

export interface ImapOptions {
  /** name → password */
  users: Record<string, string>;
  port?: number;
  tls?: Certificate;
  /** TLS from the first octet; else STARTTLS when there is a certificate */
  implicit?: boolean;
  rude?: ImapRudeness;
}

export async function startImap({ users, port, tls, implicit, rude = {} }: ImapOptions): Promise<ImapServer> {
  const mailboxes = new Map(Object.keys(users).map((user) => [user, [] as ImapMail[]]));
  const of = (user: string) => {
    const mails = mailboxes.get(user);
    if (!mails) throw new Error(`no mailbox ${user}`);
    return mails;
  };
  let uid = 0;
  const server: ImapServer = {
    port: 0,
    rude,
    commands: [],
    deleted: [],
    add(user, given, receivedAt = new Date()) {
      const bytes = typeof given === "string" ? Buffer.from(given, "latin1") : given;
      const mail = { uid: ++uid, bytes, receivedAt, flags: new Set<string>() };
      of(user).push(mail);
      return mail;
    },
    list: (user) => [...of(user)],
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

/** What every conversation of one server sees. */
export interface World {
  server: ImapServer;
  users: Record<string, string>;
  of: (user: string) => ImapMail[];
  tls: Certificate | undefined;
}
