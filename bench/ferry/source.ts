// Dovecot with the mails of a scenario, laid into its Maildirs all at once.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, writevSync } from "node:fs";
import { join } from "node:path";
import { startDovecot } from "@/test/servers/dovecot";
import type { Certificate } from "@/test/servers/line-server";
import { mailsFor } from "./mails";
import { type Scenario, usersOf } from "./scenarios";
import type { Expected, Prints } from "./sink";

export const password = "secret";

export interface Source {
  port: number;
  expected: Expected;
  /** nothing is left in any mailbox */
  empty(): boolean;
  stop(): Promise<void>;
}

export async function startSource(scenario: Scenario, tls: Certificate | undefined): Promise<Source> {
  const users = usersOf(scenario);
  const dovecot = await startDovecot({
    users: Object.fromEntries(users.map((user) => [user, password])),
    ...(tls ? { tls } : {}),
    // Dovecot's own defaults are made for fewer at once than a line with 100 mailboxes may be.
    extra: "default_client_limit = 4000\ndefault_process_limit = 400\n",
  });
  const expected: [string, Prints][] = [];
  const inbox = (user: string) => join(dovecot.folder, "mail", user);
  let n = 0;
  for (const mail of mailsFor(users, scenario.mails, scenario.size)) {
    const octets = mail.parts.reduce((sum, part) => sum + part.length, 0);
    n += 1;
    // Sizes in the name, as Dovecot's own delivery gives them: it need not read each mail to list it.
    const file = `${1_700_000_000 + n}.M${n}P1.bench,S=${octets},W=${octets}`;
    write(join(inbox(mail.user), "new", file), mail.parts);
    expected.push([mail.mark, mail.prints]);
  }
  if (process.getuid?.() === 0) execFileSync("chown", ["-R", "nobody:nogroup", join(dovecot.folder, "mail")]);
  const { pop3, pop3s, imap, imaps } = dovecot.ports;
  return {
    port: scenario.protocol === "pop3" ? (tls ? pop3s : pop3) : tls ? imaps : imap,
    expected,
    empty: () =>
      users.every((user) => ["new", "cur"].every((part) => readdirSync(join(inbox(user), part)).length === 0)),
    stop: () => dovecot.stop(),
  };
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
