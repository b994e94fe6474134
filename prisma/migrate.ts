// Brings a database and its roles up to date. Migrations are plain SQL, forward only, recorded in Prisma's own table so
// that people who have Prisma's engine can still use its commands.
import { createHash, randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { applyRoles, ensureLogin, newPassword } from "./roles";

// From here, and from the folder of the worker as one file.
const folder = fileURLToPath(new URL("../prisma/migrations", import.meta.url));
/** One advisory lock for all that migrates or makes roles; a backup shares it, so that nobody migrates meanwhile. */
export const migrationLock = 0x6d61696c;

export interface MigrateOptions {
  ownerUrl: string;
  /** Where web.url and worker.url go when the addresses are not given. */
  dataFolder: string;
  webUrl?: string | undefined;
  workerUrl?: string | undefined;
}

export interface Migrated {
  applied: string[];
  webUrl: string;
  workerUrl: string;
}

/** The names of all migrations that this version knows, in order. */
export const knownMigrations = (): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** Applies what is missing, each migration in one transaction, then roles, grants and policies. Safe to run at any time. */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const client = new pg.Client({ connectionString: options.ownerUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    const applied = await applyMissing(client);
    const web = await login(client, "web", options.webUrl, options);
    const worker = await login(client, "worker", options.workerUrl, options);
    await transaction(client, () => applyRoles(client, web.role, worker.role));
    return { applied, webUrl: web.url, workerUrl: worker.url };
  } finally {
    await client.end();
  }
}

/** Known migrations that this database lacks; newer ones in the database are accepted. Works with the web role too. */
export async function missingMigrations(client: { query: pg.Pool["query"] }): Promise<string[]> {
  const found = await client.query("select to_regclass('public._prisma_migrations') is not null as there");
  if (!found.rows[0]?.there) return knownMigrations();
  const { rows } = await client.query("select migration_name from _prisma_migrations where finished_at is not null");
  const done = new Set(rows.map((row: { migration_name: string }) => row.migration_name));
  return knownMigrations().filter((name) => !done.has(name));
}

async function applyMissing(client: pg.Client): Promise<string[]> {
  await makeRecords(client);
  const missing = await missingMigrations(client as unknown as pg.Pool);
  for (const name of missing) {
    await prepare(client, name);
    await transaction(client, () => applyOne(client, name));
  }
  return missing;
}

/**
 * What takes long on a large database and can be done beside running programs (`create index concurrently`), which Postgres allows in
 * no transaction: the statements of `beside.sql`, each by itself and all of them anew after a deadlock. The migration makes what
 * is not there when it comes to it.
 */
async function prepare(client: pg.Client, name: string): Promise<void> {
  const file = join(folder, name, "beside.sql");
  if (!existsSync(file)) return;
  const statements = readFileSync(file, "utf8").split(/;\n/);
  await tried(async () => {
    for (const statement of statements) await client.query(statement);
  });
}

async function transaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await tried(async () => {
    await client.query("begin");
    try {
      await work();
      await client.query("commit");
    } catch (error) {
      await client.query("rollback").catch(() => {});
      throw error;
    }
  });
}

/**
 * Workers and portals go on meanwhile, and lock tables in an order of their own. Where Postgres ends us to resolve a deadlock
 * with one of them (40P01) nothing has been done, and it is done again: they are through by then.
 */
async function tried(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isDeadlock(error) || tries === 20) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === "40P01") || isDeadlock(error.cause);
}

/** These migrations and no others, in the caller's transaction: a restore makes the tables as they were at the backup. */
export async function applyMigrations(client: pg.Client, names: string[]): Promise<void> {
  await makeRecords(client);
  for (const name of names) await applyOne(client, name);
}

const makeRecords = (client: pg.Client) =>
  client.query(`create table if not exists _prisma_migrations (
    id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
    logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`);

async function applyOne(client: pg.Client, name: string): Promise<void> {
  const sql = readFileSync(join(folder, name, "migration.sql"), "utf8");
  try {
    await client.query(sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       values ($1, $2, now(), $3, 1)`,
      [randomUUID(), createHash("sha256").update(sql).digest("hex"), name],
    );
  } catch (error) {
    throw new Error(`migration ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function login(client: pg.Client, kind: "web" | "worker", given: string | undefined, options: MigrateOptions) {
  if (given) {
    const url = new URL(given);
    const role = decodeURIComponent(url.username);
    const exists = await client.query("select 1 from pg_roles where rolname = $1", [role]);
    const password = exists.rowCount === 0 ? decodeURIComponent(url.password) : null;
    await ensureLogin(client, { role, password });
    return { role, url: given };
  }
  const owner = new URL(options.ownerUrl);
  const database = decodeURIComponent(owner.pathname.slice(1)) || "mailferry";
  const role = `${database}_${kind}`;
  const file = join(options.dataFolder, `${kind}.url`);
  const password = passwordIn(file, role) ?? newPassword();
  await ensureLogin(client, { role, password });
  const url = new URL(options.ownerUrl);
  url.username = encodeURIComponent(role);
  url.password = password;
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${url.href}\n`, { mode: 0o600 });
  // The mode above counts for a new file only.
  chmodSync(file, 0o600);
  return { role, url: url.href };
}

function passwordIn(file: string, role: string): string | null {
  try {
    const url = new URL(readFileSync(file, "utf8").trim());
    return decodeURIComponent(url.username) === role ? decodeURIComponent(url.password) : null;
  } catch {
    return null;
  }
}
