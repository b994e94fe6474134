// backup: the database and the private key, as of one moment, into one new file that a passphrase seals.
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { sealFrames } from "@/domain/backup/frames";
import type { BackupHeader } from "@/domain/backup/records";
import { beginBackup, noteBackup, recordsOf, sitesWithoutKey } from "@/domain/backup/take";
import { deleteDelayMinutes, privateKeyFile } from "@/lib/env";
import { Refusal, wordsOf } from "@/lib/errors";
import { readPrivateKeys } from "@/lib/seal";
import type { CommandContext } from "../command";
import { newPassphrase } from "../passphrase";

export async function backupCommand({ args, env, db, print, say }: CommandContext): Promise<number> {
  const file = args.words[0] ?? "";
  if (existsSync(file)) throw new Refusal(`${file} is there already: name a new file. No backup writes over another.`);
  const keyFile = privateKeyFile(env);
  const { keyIds } = await readPrivateKeys(keyFile);
  const passphrase = await newPassphrase(env);
  const opened = await db();
  const client = new pg.Client({ connectionString: env.DATABASE_URL, application_name: "mailferry backup" });
  client.on("error", () => {});
  await client.connect();
  try {
    const header = await beginBackup(client, {
      mailferry: version(),
      deleteDelayMinutes: deleteDelayMinutes(env),
      privateKeys: readFileSync(keyFile, "utf8"),
    });
    const rows = await write(file, passphrase, client, header);
    const { size } = await stat(file);
    print(`${file}: ${header.tables.length} tables, ${rows} rows, ${megabytes(size)}, as of ${header.takenAt}.\n`);
  } finally {
    await client.end().catch(() => {});
  }
  await noteBackup(opened, file);
  for (const site of await sitesWithoutKey(opened, keyIds))
    say(`The private key of site ${site} is not here: keep a copy of it too.`);
  return 0;
}

/** Under another name until it is whole and on disk. */
async function write(file: string, passphrase: string, client: pg.Client, header: BackupHeader): Promise<number> {
  const part = `${file}.part`;
  let rows = 0;
  const records = recordsOf(client, header, (count) => {
    rows += count;
  });
  try {
    await pipeline(sealFrames(passphrase, records), createWriteStream(part, { mode: 0o600, flags: "wx" }));
    const handle = await open(part, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(part, file);
  } catch (error) {
    const there = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (there) throw new Refusal(`${part} is there: another backup writes it, or one broke off. Remove it then.`);
    await rm(part, { force: true });
    throw error instanceof Refusal
      ? error
      : new Refusal(`The backup broke off, and nothing is kept: ${wordsOf(error)}.`);
  }
  return rows;
}

const megabytes = (size: number): string => `${(size / 1e6).toFixed(1)} MB`;

const version = (): string => {
  const read: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return read !== null && typeof read === "object" && "version" in read ? String(read.version) : "";
};
