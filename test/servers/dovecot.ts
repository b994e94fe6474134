// Dovecot from a folder of its own, for tests: POP3 and IMAP on loopback, Maildir, plain, StartTLS and implicit TLS.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certificate } from "./line-server";

export interface DovecotOptions {
  /** name → password */
  users: Record<string, string>;
  /** mails that are there from the beginning, by user */
  mails?: Record<string, (Buffer | string)[]>;
  tls?: Certificate;
  /** pop3_uidl_format, default %08Xu%08Xv */
  uidl?: string;
  /** further lines of configuration */
  extra?: string;
}

export interface Dovecot {
  ports: { pop3: number; pop3s: number; imap: number; imaps: number };
  folder: string;
  /** Puts a mail into the user's inbox (or another folder that exists), as it is. */
  add(user: string, bytes: Buffer | string, folder?: string): Promise<void>;
  /** Moves a file that was written into the inbox's tmp: mails too big to be held in memory. */
  deliver(user: string, file: string): Promise<void>;
  /** What is left there, oldest first. */
  list(user: string, folder?: string): Promise<Buffer[]>;
  makeFolder(user: string, folder: string): Promise<void>;
  /** Flags in the file names of the inbox: "S" means that somebody read the mail. */
  flags(user: string): Promise<string[]>;
  stop(): Promise<void>;
}

export const dovecotPath = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/opt/homebrew/sbin/dovecot"].find((path) =>
  existsSync(path),
);

export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  if (!dovecotPath) throw new Error("Dovecot is not installed (Debian: apt-get install dovecot-imapd dovecot-pop3d)");
  const folder = await mkdtemp(join(tmpdir(), "mailferry-dovecot-"));
  await chmod(folder, 0o755);
  const [pop3 = 0, pop3s = 0, imap = 0, imaps = 0] = await freePorts(4);
  const ports = { pop3, pop3s, imap, imaps };
  const root = process.getuid?.() === 0;
  await writeFile(join(folder, "dovecot.conf"), configuration(folder, ports, options, root));
  await writeFile(join(folder, "users"), usersFile(options.users));
  if (options.tls) {
    await writeFile(join(folder, "key.pem"), options.tls.key);
    await writeFile(join(folder, "cert.pem"), options.tls.cert);
  }
  const maildir = (user: string, name = "INBOX") =>
    join(folder, "mail", user, name === "INBOX" ? "" : `.${name.replaceAll("/", ".")}`);
  const own = () => root && execFileSync("chown", ["-R", "nobody:nogroup", join(folder, "mail")]);
  const make = async (path: string) => {
    for (const part of ["cur", "new", "tmp"]) await mkdir(join(path, part), { recursive: true });
  };
  let count = 0;
  const put = async (user: string, bytes: Buffer | string, name?: string) => {
    // Dovecot lists by the time in the name: numbers in order keep the order of adding.
    const file = `${1_700_000_000 + ++count}.M${count}P1.test`;
    await writeFile(
      join(maildir(user, name), "tmp", file),
      typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes,
    );
    await deliver(user, file, name);
  };
  const deliver = async (user: string, file: string, name?: string) => {
    const path = join(maildir(user, name), "tmp", file);
    if (root) execFileSync("chown", ["nobody:nogroup", path]);
    await rename(path, join(maildir(user, name), "new", file));
  };
  for (const user of Object.keys(options.users)) await make(maildir(user));
  own();
  for (const [user, mails] of Object.entries(options.mails ?? {})) for (const mail of mails) await put(user, mail);
  const child = spawn(dovecotPath, ["-F", "-c", join(folder, "dovecot.conf")], { stdio: "ignore" });
  await ready(child, pop3, folder);
  /** A session moves mails from new to cur: read in this order none is overlooked, and one that was moved meanwhile stands there once. */
  const files = async (user: string, name?: string) => {
    const found = new Map<string, string>();
    for (const part of ["new", "cur"])
      for (const file of await readdir(join(maildir(user, name), part)))
        found.set(file.split(":2,")[0] ?? file, join(part, file));
    return [...found.values()].sort((a, b) => a.slice(4).localeCompare(b.slice(4)));
  };
  /** null: it was deleted, or moved, between listing and reading. */
  const read = (path: string) =>
    readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
  return {
    ports,
    folder,
    add: put,
    deliver: (user, file) => deliver(user, file),
    list: async (user, name) => {
      for (let tries = 1; ; tries += 1) {
        const found: (Buffer | null)[] = [];
        const paths = (await files(user, name)).map((file) => join(maildir(user, name), file));
        // A few at once: fifty thousand open files are more than a process may have.
        for (let n = 0; n < paths.length; n += 100)
          found.push(...(await Promise.all(paths.slice(n, n + 100).map(read))));
        // What a client deletes meanwhile is not left there; what a session moves is, and is found at the next look.
        const there = found.filter((bytes) => bytes !== null);
        if (there.length === found.length || tries === 20) return there;
      }
    },
    makeFolder: async (user, name) => {
      await make(maildir(user, name));
      own();
    },
    flags: async (user) => (await files(user)).map((file) => file.split(":2,")[1] ?? ""),
    stop: async () => {
      const gone = new Promise((done) => child.once("exit", done));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `user:{PLAIN}password::::::`; what could break the line is encoded. */
const usersFile = (users: Record<string, string>): string =>
  Object.entries(users)
    .map(([user, password]) => `${user}:{PLAIN.b64}${Buffer.from(password).toString("base64")}::::::\n`)
    .join("");

function configuration(folder: string, ports: Dovecot["ports"], { tls, uidl, extra }: DovecotOptions, root: boolean) {
  const me = root ? "nobody" : String(process.getuid?.());
  const group = root ? "nogroup" : String(process.getgid?.());
  const name = root ? me : execFileSync("id", ["-un"]).toString().trim();
  const groupName = root ? group : execFileSync("id", ["-gn"]).toString().trim();
  const listener = (kind: string, port: number, ssl: string) =>
    `  inet_listener ${kind} {\n    address = 127.0.0.1\n    port = ${port}\n${ssl}  }\n`;
  const login = (kind: "pop3" | "imap", plain: number, secure: number) =>
    `service ${kind}-login {\n  chroot =\n  process_min_avail = 1\n${listener(kind, plain, "")}${listener(`${kind}s`, tls ? secure : 0, "    ssl = yes\n")}}\n`;
  return `protocols = pop3 imap
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
listen = 127.0.0.1
${tls ? `ssl = yes\nssl_cert = <${folder}/cert.pem\nssl_key = <${folder}/key.pem` : "ssl = no"}
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail/%u
first_valid_uid = 1
default_internal_user = ${name}
default_internal_group = ${groupName}
default_login_user = ${name}
mail_max_userip_connections = 1000
pop3_uidl_format = ${uidl ?? "%08Xu%08Xv"}
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${name} gid=${groupName} home=${folder}/mail/%u
}
${login("pop3", ports.pop3, ports.pop3s)}${login("imap", ports.imap, ports.imaps)}service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
auth_failure_delay = 0
${extra ?? ""}
`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Server>((done) => {
          const server = net.createServer().listen(0, "127.0.0.1", () => done(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Until it greets; its log is told when it ends instead. */
async function ready(child: ChildProcess, port: number, folder: string) {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) break;
    if (await greets(port)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  child.kill("SIGTERM");
  const log = await readFile(join(folder, "log"), "utf8").catch(() => "no log");
  throw new Error(`Dovecot did not start: ${log.slice(-2000)}`);
}

const greets = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
    socket.setTimeout(2000, () => socket.destroy());
    socket.once("close", () => done(false));
  });
