// import: a configuration file, all or nothing. Faults as FILE:line: field: what and remedy.
import { readFileSync } from "node:fs";
import { applyConfig } from "@/domain/config/apply";
import { type FileFault, readConfig } from "@/domain/config/read";
import type { Report } from "@/domain/config/step";
import { privateKeyFile } from "@/lib/env";
import { Refusal, wordsOf } from "@/lib/errors";
import { type PrivateKeys, readPrivateKeys } from "@/lib/seal";
import type { CommandContext } from "../command";

export async function importCommand({ args, env, db, print, say }: CommandContext): Promise<number> {
  const file = args.words[0] ?? "";
  const read = readConfig(textOf(file));
  if (!read.ok) return tellFaults(file, read.faults, say);
  const check = args.switches.has("check");
  const opened = await db();
  const keys = await keysOrNull(env, say);
  const applied = await applyConfig(opened, read.file, {
    check,
    prune: args.switches.has("prune"),
    stopped: args.switches.has("stopped"),
    keys,
    env,
    now: new Date(),
  });
  if (!applied.ok) return tellFaults(file, applied.faults, say);
  tell(applied.report, { check, url: env.MAILFERRY_URL ?? "" }, print);
  return 0;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Refusal(`${file} can't be read: ${wordsOf(error)}.`);
  }
}

async function keysOrNull(env: NodeJS.ProcessEnv, say: (text: string) => void): Promise<PrivateKeys | null> {
  try {
    return await readPrivateKeys(privateKeyFile(env));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say("Without the private key every password in the file counts as changed.");
    return null;
  }
}

function tellFaults(file: string, faults: FileFault[], say: (text: string) => void): number {
  for (const { line, field, message } of faults.toSorted((a, b) => a.line - b.line))
    say(`${file}:${line}: ${field}: ${message}`);
  say(`Nothing was changed: ${faults.length} ${faults.length === 1 ? "fault" : "faults"}.`);
  return 1;
}

function tell(report: Report, { check, url }: { check: boolean; url: string }, print: (text: string) => void): void {
  for (const line of [...report.changes, ...report.notes]) print(`${line}\n`);
  const count = report.changes.length;
  const words = `${count} ${count === 1 ? "change" : "changes"}`;
  if (count === 0) print("Nothing to change: everything is as the file says.\n");
  else print(check ? `${words} would be made. Nothing was changed.\n` : `${words} made.\n`);
  if (check) return;
  for (const { email, path } of report.invitations) {
    print(
      `One-time link for ${email}, valid 7 days: ${url ? url.replace(/\/+$/, "") : "(the portal's address)"}${path}\n`,
    );
  }
}
