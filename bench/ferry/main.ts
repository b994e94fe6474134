// Mailferry beside what people use otherwise: fetchmail into Postfix, fetchmail alone, getmail6 with msmtp. The same mails from
// the same Dovecot to the same sink, one after another. Ends with 1 when Mailferry lost a mail, changed one, or doubled one.
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
import { breakOff, type Figures, measure, type Wish } from "./measure";
import { harmed, legend, table, titleOf } from "./report";
import { chosen, type Scenario } from "./scenarios";

const options = {
  /** of a scenario, in all its mailboxes together */
  mails: { type: "string" },
  /** where a scenario has many */
  mailboxes: { type: "string" },
  times: { type: "string", default: "3" },
  only: { type: "string" },
  /** most connections to the sink at once, Mailferry's and Postfix's */
  connections: { type: "string", default: "5" },
  quick: { type: "boolean", default: false },
  profile: { type: "boolean", default: false },
} as const;

const contenders: readonly Contender[] = [mailferry, fetchmailPostfix, fetchmailNoDelay, fetchmail, getmail];

type Say = (line: string) => void;

export async function run(args: string[], say: Say): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  needProc();
  if (!dovecotPath) throw new Refusal("Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d).");
  const size = { mails: whole("mails", values.mails), mailboxes: whole("mailboxes", values.mailboxes) };
  const scenarios = chosen(positionals, { quick: values.quick, ...size });
  const here = available(values.only, say);
  const profile = values.profile ? mkdtempSync(join(tmpdir(), "mailferry-profile-")) : null;
  if (profile) say(`Profiles of the worker: ${profile}`);
  warnOfMemory(say);
  const wish = { connections: whole("connections", values.connections) ?? 5, profile };
  const stop = endOnSignal();
  try {
    return await all(scenarios, here, whole("times", values.times) ?? 3, wish, say);
  } finally {
    stop();
  }
}

async function all(scenarios: Scenario[], here: Contender[], times: number, wish: Wish, say: Say): Promise<number> {
  let harm = 0;
  const tables: string[] = [];
  for (const scenario of scenarios) {
    const results = here.map((contender): [Contender, Figures[]] => [contender, []]);
    // In turn, so that what changes on the machine meanwhile meets them all.
    for (let n = 1; n <= times; n += 1)
      for (const [contender, figures] of results) {
        say(`${titleOf(scenario)}, ${n} of ${times}: ${contender.name} …`);
        const one = await measure(contender, scenario, wish);
        if (contender === mailferry && harmed(one)) harm += 1;
        figures.push(one);
      }
    tables.push(table(scenario, results));
    say(`\n${tables.at(-1)}\n`);
  }
  say(`${tables.length > 1 ? `All together:\n\n${tables.join("\n\n")}\n\n` : ""}${legend}`);
  if (here.includes(mailferry)) say(`\nMailferry lost, changed or doubled mails in ${harm} of its runs.`);
  return harm > 0 ? 1 : 0;
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

function endOnSignal(): () => void {
  const end = () => void breakOff().finally(() => process.exit(130));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}
