// Names to addresses without Node's four-thread pool: the hosts file, then DNS by c-ares; getaddrinfo only for what those
// two can't know (search domains, .local), two at a time and with a deadline, so that a dead DNS delays nobody else.
import dns from "node:dns";
import { readFile } from "node:fs/promises";

/** The addresses of a name; an empty list when there is no such name. Throws when nobody answered. */
export type Resolver = (name: string, timeoutMs: number) => Promise<string[]>;

export const systemResolver: Resolver = async (name, timeoutMs) => {
  const wanted = name.toLowerCase().replace(/\.$/, "");
  const listed = fromHosts(await hostsFile(), wanted);
  if (listed.length > 0) return listed;
  // RFC 6761 §6.3
  if (wanted === "localhost" || wanted.endsWith(".localhost")) return ["127.0.0.1", "::1"];
  const asked = await fromDns(wanted, timeoutMs);
  if (asked.found.length > 0) return asked.found;
  if (!wanted.includes(".") || wanted.endsWith(".local") || asked.noServer) return fromSystem(wanted, timeoutMs);
  if (asked.trouble) throw new Error(asked.trouble);
  return [];
};

/** Addresses that a hosts file gives for a name. */
export const fromHosts = (file: string, name: string): string[] =>
  file.split("\n").flatMap((row) => {
    const [address, ...names] = row.replace(/#.*/, "").trim().toLowerCase().split(/\s+/);
    return address && names.includes(name) ? [address] : [];
  });

const hostsPath =
  process.platform === "win32"
    ? `${process.env.SystemRoot ?? "C:\\Windows"}\\System32\\drivers\\etc\\hosts`
    : "/etc/hosts";
const hostsFile = () => readFile(hostsPath, "utf8").catch(() => "");

interface Asked {
  found: string[];
  trouble: string | null;
  noServer: boolean;
}

async function fromDns(name: string, timeoutMs: number): Promise<Asked> {
  const resolver = new dns.promises.Resolver({ timeout: Math.max(500, Math.floor(timeoutMs / 4)), tries: 2 });
  const deadline = setTimeout(() => resolver.cancel(), timeoutMs);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  clearTimeout(deadline);
  const codes = answers.map((answer) => (answer.status === "rejected" ? String(answer.reason?.code ?? "") : ""));
  const trouble = codes.find((code) => code !== "" && code !== "ENOTFOUND" && code !== "ENODATA") ?? null;
  return {
    found: answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])),
    trouble: trouble === "ECANCELLED" ? `no answer within ${timeoutMs / 1000} s` : trouble,
    noServer: codes.every((code) => code === "ECONNREFUSED"),
  };
}

// A getaddrinfo that hangs keeps its thread: never more than two of the four.
let asking = 0;

async function fromSystem(name: string, timeoutMs: number): Promise<string[]> {
  if (asking >= 2) throw new Error("the system's name service does not answer");
  asking += 1;
  const answer = dns.promises
    .lookup(name, { all: true })
    .then((all) => all.map(({ address }) => address))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOTFOUND") return [];
      throw new Error(error.code ?? error.message);
    })
    .finally(() => {
      asking -= 1;
    });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, failed) => {
    timer = setTimeout(() => failed(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
