// fetchmail in Mailferry's place, as its manual recommends it for a mailbox whose mail goes on by SMTP.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Again, ownFolder } from "./again";
import type { Program, Wish } from "./program";
import { versionOf } from "./version";

const command = (rc: string, ids: string, pid: string) => [
  "fetchmail",
  "--fetchmailrc",
  rc,
  "--idfile",
  ids,
  "--pidfile",
  pid,
  "--nosyslog",
];

function configuration({ sourcePort, user, smtpPort, keep, to }: Wish, softer: string | null = null): string {
  const drop = "header" in to ? ` localdomains ${to.domain} envelope ${to.header}` : "";
  const name = "header" in to ? "to * here" : `is ${to.address.split("@")[0]} here`;
  const domain = "header" in to ? to.domain : to.address.split("@")[1];
  return `set postmaster "postmaster"
set no bouncemail
poll 127.0.0.1 protocol pop3 service ${sourcePort} uidl timeout 10${drop}
  user ${user} password secret ${name}
  sslproto '' smtphost 127.0.0.1/${smtpPort} smtpaddress ${domain}
  ${keep ? "keep" : "nokeep"}${softer ? ` ${softer}` : ""}
`;
}

export const fetchmail: Program = {
  name: "fetchmail",
  version: () => versionOf("fetchmail", /release (\S+?)[+ ]/),
  shown: (wish) => ({ command: command("RC", "IDS", "PID").join(" "), configuration: configuration(wish) }),
  reasons: [
    "uidl: “recommended” (table of its options); with keep it has to be there",
    "SMTP and no mda: “in normal operation … no message is ever deleted … until the SMTP listener … has acknowledged” (RETRIEVAL FAILURE MODES)",
    "softbounce, its default, is left on: what is refused for good stays in the mailbox",
    "no bouncemail: bounces go to the postmaster and not to senders, who may be forged",
    "sslproto '': the mailbox here offers no TLS, on loopback",
    "several recipients: the manual's own example of localdomains with envelope X-Envelope-To",
  ],
  softer: [
    {
      rows: ["1", "9a"],
      option: "expunge 1",
      source:
        "man fetchmail, --expunge: “a good defense against line drops on POP3 servers”; FAQ O4 says to begin with 10",
    },
  ],
  database: false,
  async start(world, wish, softer) {
    const folder = ownFolder();
    const rc = join(folder, "fetchmailrc");
    writeFileSync(rc, configuration(wish, softer), { mode: 0o600 });
    return new Again(command(rc, join(folder, "ids"), join(folder, "pid")), { folder, file: /^ids/ }, world);
  },
};
