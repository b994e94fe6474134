// fetchmail, as its manual recommends it: straight to the server, and in the classic way into a Postfix on the same machine,
// which answers for the mails from then on and hands them to the server.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf } from "@/test/chaos/peers/version";
import { postfixMissing } from "@/test/servers/postfix";
import { type Contender, type Ends, onlyFerries, portOf } from "./contender";
import { postfixVersion, startRelay } from "./postfix";
import { runUntilEmpty } from "./program";
import type { Scenario } from "./scenarios";
import { password } from "./source";

/** nothing was there for it: 1 */
const wellEnded = [0, 1];

const version = () => versionOf("fetchmail", /release (\S+?)[+ ]/);
const missing = () => (version() ? null : "fetchmail is not installed (apt-get install fetchmail)");

const idlePostfix = (scenario: Scenario): string | null =>
  scenario.kind === "idle" ? "where no mail is, Postfix has nothing to do: it is fetchmail" : onlyFerries(scenario);

export const fetchmail: Contender = {
  name: "fetchmail",
  missing,
  unfit: onlyFerries,
  version: () => `fetchmail ${version()}`,
  async prepare(ends, later) {
    const words = command(ends, null);
    return { standing: [], start: () => runUntilEmpty(words, wellEnded, ends, later) };
  },
};

export const fetchmailPostfix: Contender = {
  name: "fetchmail+postfix",
  missing: () => missing() ?? postfixMissing(),
  unfit: idlePostfix,
  version: () => `fetchmail ${version()} into Postfix ${postfixVersion()}`,
  async prepare(ends, later) {
    const relay = await startRelay(ends, later);
    const words = command(ends, relay.port);
    return { standing: [relay.pid], start: () => runUntilEmpty(words, wellEnded, ends, later) };
  },
};

/**
 * The same with TCP_NODELAY on fetchmail's sockets. fetchmail leaves Nagle's algorithm on: the end of a mail may wait for an
 * acknowledgement that Postfix' side delays by 40 ms. Nobody runs it so, but it shows what is left without that wait.
 */
export const fetchmailNoDelay: Contender = {
  name: "fetchmail+postfix+nodelay",
  missing: () => fetchmailPostfix.missing() ?? (compiler() ? null : "there is no gcc (apt-get install gcc libc6-dev)"),
  unfit: idlePostfix,
  version: () => `${fetchmailPostfix.version()}, with TCP_NODELAY`,
  async prepare(ends, later) {
    const relay = await startRelay(ends, later);
    const words = command(ends, relay.port);
    const env = { LD_PRELOAD: noDelayLibrary(ends.folder) };
    return { standing: [relay.pid], start: () => runUntilEmpty(words, wellEnded, ends, later, env) };
  },
};

/** `relay`: the port of the Postfix that takes everything; null: each mail goes straight to its server. */
function command(ends: Ends, relay: number | null): string[] {
  const rc = join(ends.folder, "fetchmailrc");
  writeFileSync(rc, configuration(ends, relay), { mode: 0o600 });
  const own = (name: string) => join(ends.folder, name);
  return ["fetchmail", "--fetchmailrc", rc, "--idfile", own("ids"), "--pidfile", own("pid"), "--nosyslog"];
}

/** The options are those of the comparison under faults (test/chaos/peers/fetchmail.ts), which says why each is there. */
function configuration(ends: Ends, relay: number | null): string {
  const { sourcePort, boxes, fingerprint } = ends;
  const { protocol } = ends.scenario;
  const tls = fingerprint ? "ssl no sslcertck" : "sslproto ''";
  const users = boxes.map((box) => {
    const [name = "", domain = ""] = box.address.split("@");
    const to = `smtphost 127.0.0.1/${relay ?? portOf(ends, box)} smtpaddress ${domain}`;
    return `  user ${box.user} password ${password} is ${name} here\n  ${tls} ${to}\n  nokeep\n`;
  });
  return `set postmaster "postmaster"
set no bouncemail
poll 127.0.0.1 protocol ${protocol} service ${sourcePort}${protocol === "pop3" ? " uidl" : ""} timeout 60
${users.join("")}`;
}

const compiler = () => ["/usr/bin/gcc", "/usr/local/bin/gcc"].find((path) => existsSync(path));

function noDelayLibrary(folder: string): string {
  const [from, to] = [join(folder, "nodelay.c"), join(folder, "nodelay.so")];
  writeFileSync(from, noDelaySource);
  const made = spawnSync(compiler() ?? "gcc", ["-shared", "-fPIC", "-O1", "-o", to, from, "-ldl"], {
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(`gcc: ${made.stderr || made.error}`);
  return to;
}

const noDelaySource = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
int connect(int fd, const struct sockaddr *to, socklen_t length) {
  static int (*real)(int, const struct sockaddr *, socklen_t);
  int on = 1;
  if (!real) real = (int (*)(int, const struct sockaddr *, socklen_t)) dlsym(RTLD_NEXT, "connect");
  if (to->sa_family == AF_INET || to->sa_family == AF_INET6) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return real(fd, to, length);
}
`;
