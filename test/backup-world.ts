// What the tests of backup and restore share: the commands as programs, databases with nothing in them, a company.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { applyConfig } from "@/domain/config/apply";
import { readConfig } from "@/domain/config/read";
import { readPrivateKeys } from "@/lib/seal";
import type { TestDatabase } from "./database";
import type { Place } from "./worker-process";

export const passphrase = "lighthouse keeper 9";

export interface Said {
  code: number | null;
  out: string;
  err: string;
}

/** The command line as people run it; only `env` says where things are. `source`: that of another version. */
export function mailferry(words: string[], env: Record<string, string>, source = "."): Promise<Said> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("MAILFERRY_") && name !== "DATABASE_URL" && !name.startsWith("VITEST"),
    ),
  );
  const child = spawn(process.execPath, ["cli/mailferry.mjs", ...words], {
    cwd: source,
    env: { ...inherited, NODE_ENV: "production", MAILFERRY_PASSPHRASE: passphrase, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: Said = { code: null, out: "", err: "" };
  child.stdout.on("data", (text) => {
    said.out += text;
  });
  child.stderr.on("data", (text) => {
    said.err += text;
  });
  return new Promise((done) => child.once("close", (code) => done({ ...said, code })));
}

export const newFolder = () => mkdtempSync(join(tmpdir(), "mf-backup-"));

/** Takes all tables out of a test's database, as if it had just been created. */
export async function emptied(db: TestDatabase): Promise<TestDatabase> {
  await db.owner.pool.query("drop schema public cascade");
  await db.owner.pool.query("create schema public");
  return db;
}

/** Where a restore goes: a folder of its own, and what `migrate` needs. */
export const envOf = (db: TestDatabase, folder: string): Record<string, string> => ({
  DATABASE_URL: db.urls.owner,
  MAILFERRY_WEB_DATABASE_URL: db.urls.web,
  MAILFERRY_WORKER_DATABASE_URL: db.urls.worker,
  MAILFERRY_DATA: folder,
});

export async function bringIn(place: Place, text: string): Promise<void> {
  const read = readConfig(text);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const keys = await readPrivateKeys(place.keyFile);
  const options = { check: false, prune: false, stopped: false, keys, env: {}, now: new Date() };
  const applied = await applyConfig(place.db.owner, read.file, options);
  if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
}

/** A database whose owner is no superuser, as in production: forced row-level security counts for that role. */
export async function plainDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = new URL(process.env.MAILFERRY_TEST_POSTGRES ?? "");
  server.pathname = "/postgres";
  const name = `mf_plain_${randomBytes(6).toString("hex")}`;
  const run = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: server.href });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await run(`create role ${name} login createrole password 'plain'`, `create database ${name} owner ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  url.username = name;
  url.password = "plain";
  return {
    url: url.href,
    drop: () => run(`drop database if exists ${name} with (force)`, `drop role if exists ${name}`),
  };
}
