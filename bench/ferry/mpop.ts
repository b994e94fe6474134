// mpop with msmtp as its delivery agent, as its manual shows it: one msmtp for each mail. It speaks POP3 only, with PIPELINING,
// and keeps no queue: a mail is at the server, or stays where it is.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf } from "@/test/chaos/peers/version";
import { type Contender, type Ends, onlyFerries } from "./contender";
import { msmtp, msmtpVersion, msmtpWords } from "./getmail";
import { runUntilEmpty } from "./program";
import { password } from "./source";

const version = () => versionOf("mpop", /mpop version (\S+)/);

export const mpop: Contender = {
  name: "mpop+msmtp",
  missing: () => (version() && msmtp ? null : "mpop or msmtp is not installed (apt-get install mpop msmtp)"),
  unfit: (scenario) => (scenario.protocol === "imap" ? "it speaks no IMAP" : onlyFerries(scenario)),
  version: () => `mpop ${version()} with ${msmtpVersion()}`,
  async prepare(ends, later) {
    const rc = join(ends.folder, "mpoprc");
    writeFileSync(rc, configuration(ends), { mode: 0o600 });
    const words = ["mpop", "--file", rc, "--quiet", "--all-accounts"];
    return { standing: [], start: () => runUntilEmpty(words, [0], ends, later) };
  },
};

/** `auth user`: without TLS its own choice would be none of those that send a password in clear. */
const configuration = (ends: Ends): string => `defaults
host 127.0.0.1
port ${ends.sourcePort}
auth user
password ${password}
timeout 60
keep off
${ends.fingerprint ? "tls on\ntls_starttls off\ntls_certcheck off" : "tls off"}
uidls_file ${join(ends.folder, "uidls-%U")}

${ends.boxes.map((box) => `account ${box.user}\nuser ${box.user}\ndelivery mda "${msmtp} ${msmtpWords(box, ends, "'%F'").join(" ")}"\n`).join("\n")}`;
