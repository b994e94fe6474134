// getmail6 with msmtp as its delivery agent: one msmtp for each mail. The options are those of the comparison under faults
// (test/chaos/peers/getmail.ts), which says why each is there. Where an msmtp ends before getmail has begun to wait for it, getmail
// misses that, waits for its timeout, ends in error, and takes again what it had not deleted yet: the report says so then.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf } from "@/test/chaos/peers/version";
import type { Contender, Ends } from "./contender";
import { runUntilEmpty } from "./program";
import { addressOf } from "./scenarios";
import { password } from "./source";

const agent = ["/usr/bin/msmtp", "/usr/local/bin/msmtp"].find((path) => existsSync(path));
const version = () => versionOf("getmail", /getmail (\S+)/);

export const getmail: Contender = {
  name: "getmail+msmtp",
  missing: () => (version() && agent ? null : "getmail6 or msmtp is not installed (apt-get install getmail6 msmtp)"),
  version: () => `getmail ${version()} (getmail6) with msmtp ${versionOf("msmtp", /msmtp version (\S+)/)}`,
  async prepare(ends, later) {
    const files = ends.users.map((user) => {
      const file = join(ends.folder, `getmailrc-${user}`);
      writeFileSync(file, configuration(user, ends), { mode: 0o600 });
      return file;
    });
    const words = ["getmail", "--getmaildir", ends.folder, ...files.flatMap((file) => ["--rcfile", file])];
    return { standing: [], start: () => runUntilEmpty(words, [0], ends, later) };
  },
};

function configuration(user: string, { scenario, sourcePort, smtpPort, fingerprint }: Ends): string {
  const kind = scenario.protocol === "pop3" ? "POP3" : "IMAP";
  const tls = fingerprint ? ["--tls=on", "--tls-starttls=on", "--tls-certcheck=off"] : ["--tls=off"];
  const words = [
    ...["--host=127.0.0.1", `--port=${smtpPort}`, ...tls, "--auth=off", "--timeout=300", "--from=%(sender)"],
    ...["--", addressOf(user)],
  ];
  return `[retriever]
type = Simple${kind}${fingerprint ? "SSL" : ""}Retriever
server = 127.0.0.1
port = ${sourcePort}
username = ${user}
password = ${password}
timeout = 60

[destination]
type = MDA_external
path = ${agent}
arguments = (${words.map((word) => `"${word}"`).join(", ")})
allow_root_commands = true

[options]
delete = true
read_all = false
`;
}
