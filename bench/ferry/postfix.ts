// A Postfix from a folder of its own that hands everything to one server. What it does with its queue is as Postfix comes:
// each mail is on disk before it is answered for.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, freePort, mainCf, masterCf, numberOf } from "@/test/servers/postfix";
import { type Ends, type Later, portOf } from "./contender";

export const postfixVersion = (): string =>
  spawnSync("/usr/sbin/postconf", ["-d", "-h", "mail_version"], { encoding: "utf8" }).stdout?.trim() ?? "";

export async function startRelay(ends: Ends, later: Later): Promise<{ port: number; pid: number }> {
  const folder = join(ends.folder, "postfix");
  const [port, uid, gid] = [await freePort(), numberOf("-u", "postfix"), numberOf("-g", "postfix")];
  chmodSync(ends.folder, 0o755);
  mkdirSync(folder, { mode: 0o755 });
  for (const name of ["conf", "queue", "data"]) mkdirSync(join(folder, name), { mode: 0o755 });
  chownSync(join(folder, "data"), uid, gid);
  writeFileSync(join(folder, "conf", "main.cf"), `${mainCf(folder, [], uid, gid)}${relaying(ends, folder)}`);
  writeFileSync(join(folder, "conf", "master.cf"), `${masterCf(port)}${relayDaemons}`);
  const postfix = (word: string) => ["-c", join(folder, "conf"), word];
  const child = spawn("/usr/sbin/postfix", postfix("start-fg"), { stdio: "ignore", detached: true });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  later(async () => {
    spawnSync("/usr/sbin/postfix", postfix("stop"), { stdio: "ignore" });
    await exited;
  });
  if (!(await answers(port, Date.now() + 20_000))) throw new Error(`Postfix did not start: ${wordsOf(folder)}`);
  return { port, pid: child.pid ?? 0 };
}

const wordsOf = (folder: string): string => {
  const log = join(folder, "log");
  return existsSync(log) ? readFileSync(log, "utf8").slice(-2000) : "";
};

/** Where there are several servers, each company's domain has its own. */
const relaying = (ends: Ends, folder: string) => `
${ends.smtpPorts.length > 1 ? `transport_maps = texthash:${routes(ends, folder)}` : `relayhost = [127.0.0.1]:${ends.smtpPorts[0]}`}
smtp_destination_concurrency_limit = ${ends.connections}
smtp_tls_security_level = ${ends.fingerprint ? "encrypt" : "none"}
`;

function routes(ends: Ends, folder: string): string {
  const file = join(folder, "conf", "transport");
  const lines = ends.boxes.map((box) => `${box.address.split("@")[1]} smtp:[127.0.0.1]:${portOf(ends, box)}\n`);
  writeFileSync(file, [...new Set(lines)].join(""));
  return file;
}

const relayDaemons = `smtp unix - - n - - smtp
scache    unix - - n - 1 scache
tlsmgr    unix - - n 1000? 1 tlsmgr
`;
