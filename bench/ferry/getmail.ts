// getmail6 with msmtp as its delivery agent: one msmtp for each mail. The options are those of the comparison under faults
// (test/chaos/peers/getmail.ts), which says why each is there. In 6.18 (getmailcore/baseclasses.py, forkchild) it forks msmtp first,
// listens for its end (SIGCHLD) after that, and then waits without asking whether that end has come already. So the end of a very
// quick msmtp may be missed: then it ends with “waiting child pid … timed out” after its timeout, and this bench runs it again. Where
// that happened the report has those words.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf } from "@/test/chaos/peers/version";
import type { Box } from "./boxes";
import { type Contender, type Ends, onlyFerries, portOf } from "./contender";
import { runUntilEmpty } from "./program";
import { password } from "./source";

export const msmtp = ["/usr/bin/msmtp", "/usr/local/bin/msmtp"].find((path) => existsSync(path));
const version = () => versionOf("getmail", /getmail (\S+)/);
export const msmtpVersion = (): string => `msmtp ${versionOf("msmtp", /msmtp version (\S+)/)}`;

export const getmail: Contender = {
  name: "getmail+msmtp",
  missing: () => (version() && msmtp ? null : "getmail6 or msmtp is not installed (apt-get install getmail6 msmtp)"),
  unfit: onlyFerries,
  version: () => `getmail ${version()} (getmail6) with ${msmtpVersion()}`,
  async prepare(ends, later) {
    const files = ends.boxes.map((box) => {
      const file = join(ends.folder, `getmailrc-${box.user}`);
      writeFileSync(file, configuration(box, ends), { mode: 0o600 });
      return file;
    });
    const words = ["getmail", "--getmaildir", ends.folder, ...files.flatMap((file) => ["--rcfile", file])];
    return { standing: [], start: () => runUntilEmpty(words, [0], ends, later) };
  },
};

/** msmtp's own arguments, for one server and one address. */
export function msmtpWords(box: Box, ends: Ends, sender: string): string[] {
  const tls = ends.fingerprint ? ["--tls=on", "--tls-starttls=on", "--tls-certcheck=off"] : ["--tls=off"];
  return [
    ...["--host=127.0.0.1", `--port=${portOf(ends, box)}`, ...tls, "--auth=off", "--timeout=300", `--from=${sender}`],
    ...["--", box.address],
  ];
}

function configuration(box: Box, ends: Ends): string {
  const { scenario, sourcePort, fingerprint } = ends;
  const kind = scenario.protocol === "pop3" ? "POP3" : "IMAP";
  return `[retriever]
type = Simple${kind}${fingerprint ? "SSL" : ""}Retriever
server = 127.0.0.1
port = ${sourcePort}
username = ${box.user}
password = ${password}
timeout = 60

[destination]
type = MDA_external
path = ${msmtp}
arguments = (${msmtpWords(box, ends, "%(sender)")
    .map((word) => `"${word}"`)
    .join(", ")})
allow_root_commands = true

[options]
delete = true
read_all = false
`;
}
