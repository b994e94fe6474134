// getmail6 in Mailferry's place. It speaks no SMTP: msmtp is its delivery agent, as its documentation leaves to the user.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Again, ownFolder } from "./again";
import type { Program, Wish } from "./program";
import { versionOf } from "./version";

const command = (folder: string, rc: string) => ["getmail", "--getmaildir", folder, "--rcfile", rc];
const agent = ["/usr/bin/msmtp", "/usr/local/bin/msmtp", "/opt/homebrew/bin/msmtp"].find((path) => existsSync(path));

function configuration({ sourcePort, user, smtpPort, keep, to }: Wish, softer: string | null = null): string {
  const drop = "header" in to;
  const recipient = drop ? "%(recipient)" : to.address;
  const options = [`delete = ${!keep}`, "read_all = false", ...(softer ? [softer] : [])];
  // What the softer option sets is set once.
  const last = new Map(options.map((line) => [line.split(" = ")[0], line]));
  return `[retriever]
type = ${drop ? "Multidrop" : "Simple"}POP3Retriever
server = 127.0.0.1
port = ${sourcePort}
username = ${user}
password = secret
timeout = 10
${drop ? `envelope_recipient = ${to.header.toLowerCase()}:1\n` : ""}
[destination]
type = MDA_external
path = ${agent ?? "/usr/bin/msmtp"}
arguments = ("--host=127.0.0.1", "--port=${smtpPort}", "--tls=off", "--auth=off", "--timeout=300", "--from=%(sender)", "--", "${recipient}")
allow_root_commands = true

[options]
${[...last.values()].join("\n")}
`;
}

export const getmail: Program = {
  name: "getmail",
  version() {
    const [own, msmtp] = [versionOf("getmail", /getmail (\S+)/), versionOf("msmtp", /msmtp version (\S+)/)];
    return own && msmtp ? `${own} (getmail6) with msmtp ${msmtp}` : null;
  },
  shown: (wish) => ({ command: command("DIR", "RC").join(" "), configuration: configuration(wish) }),
  reasons: [
    "delete with read_all = false: the example of its section [options]",
    "re-injecting by SMTP: “you can use getmail's external MDA support to do so” (FAQ); msmtp ends with 0 only after the server took the mail",
    "several recipients: MultidropPOP3Retriever, whose mailbox “must receive one copy of the message for each envelope recipient”",
    "allow_root_commands only because this run was root's; it changes nothing that is counted",
  ],
  softer: [
    {
      rows: ["1", "9a", "20"],
      option: "to_oldmail_on_each_mail = true",
      source:
        "configuration.html: “slower, but avoids re-downloading mails, if something went wrong, like the server dying”",
    },
    {
      rows: ["1", "9a"],
      option: "max_messages_per_session = 10",
      source: "configuration.html: for an unreliable network or server",
    },
    {
      rows: ["14a"],
      option: "read_all = true",
      source: "configuration.html: its default, which with delete retrieves all there is",
    },
  ],
  database: false,
  async start(world, wish, softer) {
    const folder = ownFolder();
    const rc = join(folder, "getmailrc");
    writeFileSync(rc, configuration(wish, softer), { mode: 0o600 });
    return new Again(command(folder, rc), { folder, file: /^oldmail-/ }, world);
  },
};
