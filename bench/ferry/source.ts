// Dovecot with the mails of a scenario, laid into its Maildirs all at once.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, renameSync, writevSync } from "node:fs";
import { join } from "node:path";
import { startDovecot } from "@/test/servers/dovecot";
import type { Certificate } from "@/test/servers/line-server";
import { type Box, type Portion, portionsOf } from "./boxes";
import { mailsFor } from "./mails";
import type { Scenario } from "./scenarios";
import type { Expected, Prints } from "./tally";

export const password = "secret";

/**
 * Dovecot's own defaults are made for fewer at once than a line with 100 mailboxes may be, and start a process for each sign-in and
 * another for each session (50 ms of processor time): what was measured then was Dovecot. Its documentation (LoginProcess, "high-performance
 * mode"; service_count) says how a provider runs it.
 */
const manyAtOnce = `default_client_limit = 4000
default_process_limit = 400
${["pop3", "imap"]
  .map(
    (kind) => `service ${kind}-login {
  service_count = 0
  process_min_avail = 2
}
service ${kind} {
  service_count = 1000
}
`,
  )
  .join("")}`;

export interface Source {
  port: number;
  /** where its files are */
  folder: string;
  /** what has to arrive: all of which the server answers */
  expected: Expected;
  /** of these, what was not there at the beginning */
  later: ReadonlySet<string>;
  layLater(): void;
  /** how many mails are left whose server answers */
  left(): number;
  stop(): Promise<void>;
}

export async function startSource(scenario: Scenario, boxes: Box[], tls: Certificate | undefined): Promise<Source> {
  const dovecot = await startDovecot({
    users: Object.fromEntries(boxes.map(({ user }) => [user, password])),
    ...(tls ? { tls } : {}),
    extra: manyAtOnce,
  });
  const { first, later } = portionsOf(scenario, boxes);
  const inbox = (user: string) => join(dovecot.folder, "mail", user);
  lay(first, scenario.size, 0, inbox);
  const marks = (portion: Portion, from: number): [string, Prints][] =>
    [...mailsFor(portion, scenario.size, from)].filter(({ box }) => !box.silent).map((one) => [one.mark, one.prints]);
  const comes = marks(later, first.count);
  const { pop3, pop3s, imap, imaps } = dovecot.ports;
  const answered = boxes.filter(({ silent }) => !silent);
  return {
    port: scenario.protocol === "pop3" ? (tls ? pop3s : pop3) : tls ? imaps : imap,
    folder: dovecot.folder,
    expected: [...marks(first, 0), ...comes],
    later: new Set(comes.map(([mark]) => mark)),
    layLater: () => lay(later, scenario.size, first.count, inbox),
    left: () => {
      const filesOf = ({ user }: Box) => ["new", "cur"].map((part) => readdirSync(join(inbox(user), part)).length);
      return answered.flatMap(filesOf).reduce((sum, files) => sum + files, 0);
    },
    stop: () => dovecot.stop(),
  };
}

/** Written aside first: Dovecot may look already. */
function lay(portion: Portion, size: number, from: number, inbox: (user: string) => string): void {
  const moves: [string, string][] = [];
  let n = from;
  for (const { box, parts } of mailsFor(portion, size, from)) {
    const octets = parts.reduce((sum, part) => sum + part.length, 0);
    n += 1;
    // Sizes in the name, as Dovecot's own delivery gives them: it need not read each mail to list it.
    const file = `${1_700_000_000 + n}.M${n}P1.bench,S=${octets},W=${octets}`;
    write(join(inbox(box.user), "tmp", file), parts);
    moves.push([join(inbox(box.user), "tmp", file), join(inbox(box.user), "new", file)]);
  }
  const folders = portion.boxes.map(({ user }) => join(inbox(user), "tmp"));
  if (process.getuid?.() === 0 && moves.length > 0) execFileSync("chown", ["-R", "nobody:nogroup", ...folders]);
  for (const [written, there] of moves) renameSync(written, there);
}
function write(path: string, parts: Buffer[]): void {
  const file = openSync(path, "wx", 0o600);
  try {
    let rest = parts;
    while (rest.length > 0) rest = behind(rest, writevSync(file, rest));
  } finally {
    closeSync(file);
  }
}

/** What is left when so many octets are written. */
function behind(parts: Buffer[], octets: number): Buffer[] {
  let gone = octets;
  return parts.flatMap((part) => {
    const here = Math.min(gone, part.length);
    gone -= here;
    return here === part.length ? [] : [part.subarray(here)];
  });
}
