// A peer in Mailferry's place: fetchmail or getmail6, run again and again as cron or its daemon mode would, with the
// configuration that its own manual recommends for collecting into a server by SMTP.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rest } from "@/lib/clock";

export interface PeerWish {
  protocol: "pop3" | "imap";
  sourcePort: number;
  user: string;
  smtpPort: number;
  keep: boolean;
}

export interface Peer {
  name: string;
  version(): string | null;
  /** the command line and the configuration, as the report shows them */
  words(wish: PeerWish): { command: string[]; configuration: string };
  prepare(folder: string, wish: PeerWish): string[];
}

const versionOf = (command: string, line: RegExp): string | null => {
  try {
    return (
      line.exec(execFileSync(command, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))?.[1] ??
      null
    );
  } catch (error) {
    // fetchmail ends with 5 where there is no configuration, having said its version.
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    return line.exec(said)?.[1] ?? null;
  }
};

const fetchmail: Peer = {
  name: "fetchmail",
  version: () => versionOf("fetchmail", /release (\S+?)[+ ]/),
  words: (wish) => ({
    command: ["fetchmail", "--fetchmailrc", "RC", "--idfile", "IDS", "--pidfile", "PID", "--nosyslog"],
    // uidl and bouncemail off: its manual's advice for POP3 with mail that is kept, and against bounces to forged senders.
    configuration: `set no bouncemail
set no spambounce
poll 127.0.0.1 protocol ${wish.protocol} port ${wish.sourcePort}${wish.protocol === "pop3" ? " uidl" : ""} timeout 10
  user ${wish.user} password secret is info here sslproto ''
  smtphost 127.0.0.1/${wish.smtpPort} smtpaddress contoso.example ${wish.keep ? "keep" : "nokeep"}
`,
  }),
  prepare(folder, wish) {
    const rc = join(folder, "fetchmailrc");
    writeFileSync(rc, this.words(wish).configuration, { mode: 0o600 });
    const names: Record<string, string> = { RC: rc, IDS: join(folder, "ids"), PID: join(folder, "pid") };
    return this.words(wish).command.map((word) => names[word] ?? word);
  },
};

const getmail: Peer = {
  name: "getmail",
  version: () => versionOf("getmail", /getmail (\S+)/),
  words: (wish) => ({
    command: ["getmail", "--getmaildir", "DIR", "--rcfile", "RC"],
    // An external delivery agent, as its documentation recommends for handing mail to a server: here one that speaks SMTP.
    configuration: `[retriever]
type = Simple${wish.protocol === "pop3" ? "POP3" : "IMAP"}Retriever
server = 127.0.0.1
port = ${wish.sourcePort}
username = ${wish.user}
password = secret
timeout = 10

[destination]
type = MDA_external
path = AGENT
arguments = ("127.0.0.1:${wish.smtpPort}", "info@contoso.example")
allow_root_commands = true

[options]
delete = ${wish.keep ? "false" : "true"}
read_all = false
delivered_to = false
received = false
`,
  }),
  prepare(folder, wish) {
    const agent = join(folder, "agent");
    writeFileSync(agent, smtpAgent);
    chmodSync(agent, 0o755);
    const rc = join(folder, "getmailrc");
    writeFileSync(rc, this.words(wish).configuration.replace("AGENT", agent), { mode: 0o600 });
    const names: Record<string, string> = { RC: rc, DIR: folder };
    return this.words(wish).command.map((word) => names[word] ?? word);
  },
};

/** sendmail by SMTP in a few lines: exit 0 only after 250 to the mail's end, 75 (try again) or 69 (refused) else. */
const smtpAgent = `#!/usr/bin/env python3
import sys, smtplib
host, port = sys.argv[1].split(":")
mail = sys.stdin.buffer.read()
try:
    with smtplib.SMTP(host, int(port), timeout=30) as s:
        s.sendmail("sender@elsewhere.example", [sys.argv[2]], mail)
except smtplib.SMTPResponseException as e:
    sys.exit(75 if e.smtp_code < 500 else 69)
except smtplib.SMTPRecipientsRefused as e:
    sys.exit(75 if max(c for c, _ in e.recipients.values()) < 500 else 69)
except Exception:
    sys.exit(75)
`;

export const peers: Peer[] = [fetchmail, getmail];

/** Runs it again a second after it ended, until told to stop. */
export class PeerRun {
  private child: ChildProcess | null = null;
  private stopped = false;
  private readonly folder = mkdtempSync(join(tmpdir(), "mf-peer-"));
  rounds = 0;

  constructor(peer: Peer, wish: PeerWish) {
    mkdirSync(this.folder, { recursive: true });
    chmodSync(this.folder, 0o700);
    void this.loop(peer.prepare(this.folder, wish));
  }

  private async loop([program = "", ...words]: string[]) {
    while (!this.stopped) {
      const child = spawn(program, words, { stdio: "ignore", env: { ...process.env, HOME: this.folder } });
      this.child = child;
      await new Promise((done) => child.once("close", done));
      this.rounds += 1;
      await rest(1000);
    }
  }

  /** kill -9 of the run that is under way; false when none is */
  kill(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null && this.child.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.kill();
    await rest(50);
  }
}
