// restore: a backup into an empty database. The whole file is read and checked before anything is written.
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import pg from "pg";
import { openFrames } from "@/domain/backup/frames";
import { checkRecords, type Restored, refuseNewer, restoreInto } from "@/domain/backup/load";
import { type BackupHeader, decode } from "@/domain/backup/records";
import { privateKeyFile } from "@/lib/env";
import { Refusal, wordsOf } from "@/lib/errors";
import type { CommandContext } from "../command";
import { knownPassphrase } from "../passphrase";
import { prepare } from "./prepare";

export async function restoreCommand({ args, env, db, print, say }: CommandContext): Promise<number> {
  const file = args.words[0] ?? "";
  if (!existsSync(file)) throw new Refusal(`There is no file ${file}.`);
  const passphrase = await knownPassphrase(env);
  const records = () => decode(openFrames(passphrase, createReadStream(file), file));
  const header = await checkRecords(records());
  refuseNewer(header);
  const keyFile = privateKeyFile(env);
  const keyThere = sameKeys(keyFile, header);
  await db();
  const client = new pg.Client({ connectionString: env.DATABASE_URL, application_name: "mailferry restore" });
  client.on("error", () => {});
  await client.connect();
  let restored: Restored;
  try {
    restored = await restoreInto(client, header, records(), () => {
      if (!keyThere) writeKeys(keyFile, header);
    });
  } finally {
    await client.end().catch(() => {});
  }
  tell(file, header, restored, print);
  try {
    const { setupCode } = await prepare(env);
    if (setupCode)
      say(`There is no platform administrator in it. One-time code for /first-administrator: ${setupCode}`);
  } catch (error) {
    say(`Everything is restored but the roles: ${wordsOf(error)} Then run “npm run mailferry -- migrate”.`);
    return 1;
  }
  return 0;
}

/** Whether the backup's keys are there already. Other keys are never written over: they may be all that opens something. */
function sameKeys(file: string, header: BackupHeader): boolean {
  if (!existsSync(file)) return false;
  const there = linesOf(readFileSync(file, "utf8"));
  if (linesOf(header.privateKeys).every((line) => there.includes(line))) return true;
  throw new Refusal(
    `${file} holds another private key than the backup. Move it away, or set MAILFERRY_PRIVATE_KEY_FILE to a new file.`,
  );
}

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function writeKeys(file: string, header: BackupHeader): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, header.privateKeys, { mode: 0o600, flag: "wx" });
}

function tell(file: string, header: BackupHeader, restored: Restored, print: (text: string) => void): void {
  const { tenants, rows, again, links, applied } = restored;
  const line = (text: string) => print(`${text}\n`);
  line(`Restored ${file}, as of ${header.takenAt}: ${count(tenants, "tenant")}, ${rows} rows, and the private key.`);
  if (applied.length > 0) line(`Then applied: ${applied.join(", ")}.`);
  line(missingWords(header, new Date()));
  if (again > 0)
    line(
      `${count(again, "mail")} that waited at the backup may have been delivered since: sent again by a worker, marked as possibly delivered twice.`,
    );
  line(
    `Everybody signs in again, with the password of then${links > 0 ? `; ${count(links, "open invitation or reset", "open invitations and resets")} ended, make new ones` : ""}.`,
  );
}

const again =
  "What came before this restore and is still there is collected again, marked as possibly delivered twice.";

/** What was collected within the delete delay before the disaster is still at its provider; anything later can't be lost. */
function missingWords({ takenAt, deleteDelayMinutes }: BackupHeader, now: Date): string {
  const until = new Date(now.getTime() - deleteDelayMinutes * 60_000);
  const delay = `MAILFERRY_DELETE_DELAY_MINUTES was ${deleteDelayMinutes} at the backup`;
  if (until.toISOString() <= takenAt)
    return `No mail is missing: what was collected since is still at its provider (${delay}). ${again}`;
  return (
    `Mail that was collected between ${takenAt} and ${until.toISOString()} and deleted at its provider is missing (${delay}). ` +
    again
  );
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
