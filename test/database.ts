// A database of its own for each test file, copied from a migrated template, with the three real roles.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { type Db, openDb } from "@/lib/db";
import { knownMigrations, migrate } from "@/prisma/migrate";

const root = fileURLToPath(new URL("..", import.meta.url));
const roles = { web: "mailferry_test_web", worker: "mailferry_test_worker" };
const lock = 0x74657374;

const serverUrl = (): string => {
  const url = process.env.MAILFERRY_TEST_POSTGRES;
  if (!url) throw new Error("MAILFERRY_TEST_POSTGRES is not set: run the tests with npm test or npx vitest");
  return url;
};

function urlFor(server: string, database: string, role?: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (role) {
    url.username = role;
    url.password = "test";
  }
  return url.href;
}

function templateName(): string {
  const hash = createHash("sha256");
  for (const name of knownMigrations())
    hash.update(readFileSync(join(root, "prisma/migrations", name, "migration.sql")));
  hash.update(readFileSync(join(root, "prisma/roles.ts")));
  return `mf_template_${hash.digest("hex").slice(0, 12)}`;
}

async function onServer<T>(server: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlFor(server, "postgres") });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the migrated template if this version's is missing. `server`: an owner's address, the test run's own by default. */
export async function makeTemplate(server = serverUrl()): Promise<void> {
  await onServer(server, async (client) => {
    await client.query("select pg_advisory_lock($1)", [lock]);
    const name = templateName();
    const found = await client.query("select datistemplate from pg_database where datname = $1", [name]);
    if (found.rows[0]?.datistemplate) return;
    if (found.rowCount) await client.query(`drop database ${name} with (force)`);
    await client.query(`create database ${name}`);
    await migrate({
      ownerUrl: urlFor(server, name),
      dataFolder: tmpdir(),
      webUrl: urlFor(server, name, roles.web),
      workerUrl: urlFor(server, name, roles.worker),
    });
    await client.query(`alter database ${name} with is_template true`);
  });
}

export interface TestDatabase {
  name: string;
  urls: { owner: string; web: string; worker: string };
  owner: Db;
  web: Db;
  worker: Db;
  /** closes all connections and removes the database; call it in afterAll */
  drop(): Promise<void>;
}

export async function testDatabase(server = serverUrl()): Promise<TestDatabase> {
  const name = `mf_test_${randomBytes(6).toString("hex")}`;
  await onServer(server, async (client) => {
    // One copy at a time: Postgres refuses to copy a template that somebody else is copying.
    await client.query("select pg_advisory_lock($1)", [lock]);
    await client.query(`create database ${name} template ${templateName()}`);
  });
  const urls = {
    owner: urlFor(server, name),
    web: urlFor(server, name, roles.web),
    worker: urlFor(server, name, roles.worker),
  };
  const owner = openDb(urls.owner, 5);
  const web = openDb(urls.web, 5);
  const worker = openDb(urls.worker, 10);
  worker.prepare();
  return {
    name,
    urls,
    owner,
    web,
    worker,
    drop: async () => {
      await Promise.all([owner.close(), web.close(), worker.close()]);
      await onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}
