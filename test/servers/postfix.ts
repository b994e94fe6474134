// Postfix from a folder of its own: takes mail for the given domains and puts it into Maildirs. A peer that we did not write.
// Needs root, as Postfix itself does.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const postfixPath = existsSync("/usr/sbin/postfix") ? "/usr/sbin/postfix" : null;

/** Null when it can run here; else one line that says what is missing. */
export const postfixMissing = (): string | null => {
  if (!postfixPath) return "Postfix is not installed (apt-get install postfix)";
  if (process.getuid?.() !== 0) return "Postfix needs root";
  return null;
};

export interface Postfix {
  port: number;
  /** every mail that was stored, with the trace lines that Postfix put in front taken off */
  mails(): Buffer[];
  count(): number;
  stop(): Promise<void>;
}

export const numberOf = (kind: "-u" | "-g", name: string): number =>
  Number(spawnSync("id", [kind, name], { encoding: "utf8" }).stdout.trim());

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export async function startPostfix(domains: string[]): Promise<Postfix> {
  const folder = mkdtempSync(join(tmpdir(), "mf-postfix-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const [uid, gid] = [numberOf("-u", "postfix"), numberOf("-g", "postfix")];
  for (const name of ["conf", "queue", "data", "mail"]) mkdirSync(join(folder, name), { mode: 0o755 });
  chownSync(join(folder, "data"), uid, gid);
  chownSync(join(folder, "mail"), uid, gid);
  writeFileSync(join(folder, "conf", "main.cf"), mainCf(folder, domains, uid, gid));
  writeFileSync(join(folder, "conf", "master.cf"), masterCf(port));
  const child = spawn("/usr/sbin/postfix", ["-c", join(folder, "conf"), "start-fg"], {
    stdio: "ignore",
    detached: true,
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  if (!(await answers(port, Date.now() + 20_000))) {
    child.kill("SIGKILL");
    throw new Error(
      `Postfix did not start: ${existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").slice(-2000) : ""}`,
    );
  }
  const files = () => {
    const inbox = join(folder, "mail", "all", "new");
    return existsSync(inbox) ? readdirSync(inbox).map((name) => join(inbox, name)) : [];
  };
  return {
    port,
    count: () => files().length,
    mails: () => files().map((file) => withoutOwnTrace(readFileSync(file))),
    stop: async () => {
      spawnSync("/usr/sbin/postfix", ["-c", join(folder, "conf"), "stop"], { stdio: "ignore" });
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const mainCf = (folder: string, domains: string[], uid: number, gid: number) => `
compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
myhostname = mx.peer.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = ${domains.join(", ")}
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:${uid}
virtual_gid_maps = static:${gid}
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 200000000
queue_minfree = 0
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
local_header_rewrite_clients =
always_add_missing_headers = no
message_drop_headers =
alias_maps =
alias_database =
`;

export const masterCf = (port: number) => `
127.0.0.1:${port} inet n - n - - smtpd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
proxymap  unix - - n - - proxymap
postlog   unix-dgram n - n - 1 postlogd
`;

export async function answers(port: number, deadline: number): Promise<boolean> {
  while (Date.now() < deadline) {
    const open = await new Promise<boolean>((done) => {
      const socket = createConnection({ host: "127.0.0.1", port });
      socket.once("data", () => {
        socket.destroy();
        done(true);
      });
      socket.once("error", () => done(false));
      socket.setTimeout(2000, () => {
        socket.destroy();
        done(false);
      });
    });
    if (open) return true;
    await new Promise((r) => setTimeout(r, 50));
  }
  return false;
}

/** Return-Path, Delivered-To, X-Original-To and the newest Received are Postfix's own; line ends in a Maildir are LF. */
function withoutOwnTrace(file: Buffer): Buffer {
  let rest = file;
  for (;;) {
    const end = nextField(rest);
    const name = rest.subarray(0, rest.indexOf(58)).toString("latin1").toLowerCase();
    if (["return-path", "delivered-to", "x-original-to"].includes(name)) rest = rest.subarray(end);
    else if (name === "received") return rest.subarray(end);
    else return rest;
  }
}

function nextField(bytes: Buffer): number {
  let at = bytes.indexOf(10) + 1;
  while (at > 0 && at < bytes.length && (bytes[at] === 32 || bytes[at] === 9)) at = bytes.indexOf(10, at) + 1;
  return at;
}
