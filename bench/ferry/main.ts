// Mailferry beside what people use otherwise: fetchmail into Postfix, fetchmail alone, getmail6 and mpop with msmtp. The same mails
// from the same Dovecot to the same sink, one after another. Ends with 1 when Mailferry lost a mail, changed one, or doubled one.
import { mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal } from "@/lib/errors";
import { dovecotPath } from "@/test/servers/dovecot";
import type { Contender } from "./contender";
import { needProc } from "./cost";
import { fetchmail, fetchmailNoDelay, fetchmailPostfix } from "./fetchmail";
import { getmail } from "./getmail";
import { mailferry } from "./mailferry";
import { breakOff } from "./measure";
import { mpop } from "./mpop";
import { inOwnNetwork } from "./network";
import { legend } from "./report";
import { runAll } from "./rounds";
import { chosen } from "./scenarios";

const options = {
  /** of a scenario, in all its mailboxes together; S9: how many wait */
  mails: { type: "string" },
  /** where a scenario has many; S9: companies */
  mailboxes: { type: "string" },
  times: { type: "string" },
  only: { type: "string" },
  /** most connections to a server at once, Mailferry's and Postfix's */
  connections: { type: "string", default: "5" },
  quick: { type: "boolean", default: false },
  profile: { type: "boolean", default: false },
} as const;

const contenders: readonly Contender[] = [mailferry, fetchmailPostfix, fetchmailNoDelay, fetchmail, getmail, mpop];

type Say = (line: string) => void;

export async function run(args: string[], say: Say): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  needProc();
  if (!dovecotPath) throw new Refusal("Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d).");
  const size = { mails: whole("mails", values.mails), mailboxes: whole("mailboxes", values.mailboxes) };
  const scenarios = chosen(positionals, { quick: values.quick, ...size });
  const times = whole("times", values.times) ?? (values.quick ? 1 : 3);
  const connections = whole("connections", values.connections) ?? 5;
  const inside = await inOwnNetwork(args, say);
  if (inside !== null) return inside;
  const here = available(values.only, say);
  const profile = values.profile ? mkdtempSync(join(tmpdir(), "mailferry-profile-")) : null;
  if (profile) say(`Profiles of the workers: ${profile}`);
  warnOfMemory(say);
  const stop = endOnSignal();
  try {
    const { runs, harm } = await runAll(scenarios, here, { times, quick: values.quick, connections, profile, say });
    say(legend);
    if (runs > 0) say(`\nMailferry lost, changed or doubled mails in ${harm} of its ${runs} runs.`);
    return harm > 0 ? 1 : 0;
  } finally {
    stop();
  }
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new Refusal(`--${name} is “${text}”: give a whole number from 1.`);
}

/** Those that were named, all by default; what is not installed is left out, and said. */
function available(only: string | undefined, say: Say): Contender[] {
  const names = only?.split(",") ?? contenders.map(({ name }) => name);
  const unknown = names.find((name) => !contenders.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Refusal(`There is no contender ${unknown}: ${contenders.map(({ name }) => name).join(", ")}.`);
  return contenders.filter((contender) => {
    if (!names.includes(contender.name)) return false;
    const missing = contender.missing();
    say(missing ? `Left out, ${contender.name}: ${missing}.` : `${contender.name}: ${contender.version()}`);
    return missing === null;
  });
}

/** What is said to be on disk has to be on one. */
function warnOfMemory(say: Say): void {
  const tmpfs = 0x01021994;
  if (statfsSync(tmpdir()).type === tmpfs)
    say(`${tmpdir()} is in memory, where fsync costs nothing: set TMPDIR to a folder on a disk.`);
}

/** Once: a terminal's Ctrl-C comes here twice when this runs in a network of its own, and what ends must not be cut off. */
function endOnSignal(): () => void {
  let ends = false;
  const end = () => {
    if (!ends) void breakOff().finally(() => process.exit(130));
    ends = true;
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}
