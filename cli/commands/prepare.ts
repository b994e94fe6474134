// Brings the database up to date and makes what an installation needs once: keys, ids, the first administrator.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { ensureInstallationId, publishKey } from "@/domain/installation/prepare";
import { ensureAdministrator, hasAdministrator, makeSetupCode } from "@/domain/person/setup";
import { openDb } from "@/lib/db";
import { dataFolder, privateKeyFile, sitesServed } from "@/lib/env";
import { Refusal, wordsOf } from "@/lib/errors";
import { ensurePrivateKey } from "@/lib/seal";
import { migrate } from "@/prisma/migrate";

export interface Prepared {
  applied: string[];
  webUrl: string;
  workerUrl: string;
  /** the one-time code for the first administrator's page; null when there is an administrator */
  setupCode: string | null;
}

/** Throws Refusal with one sentence and a remedy when the database is away, too old or not ours to change. */
export async function prepare(env: NodeJS.ProcessEnv): Promise<Prepared> {
  const ownerUrl = env.DATABASE_URL;
  if (!ownerUrl) throw new Refusal("DATABASE_URL is not set.");
  const folder = dataFolder(env);
  await checkDatabase(ownerUrl);
  const migrated = await migrate({
    ownerUrl,
    dataFolder: folder,
    webUrl: env.MAILFERRY_WEB_DATABASE_URL,
    workerUrl: env.MAILFERRY_WORKER_DATABASE_URL,
  });
  ensureSessionSecret(folder);
  const db = openDb(ownerUrl, 2);
  try {
    await ensureInstallationId(db);
    await publishKey(db, await ensurePrivateKey(privateKeyFile(env)), sitesServed(env));
    const setupCode = await firstAdministrator(db, env);
    return { ...migrated, setupCode };
  } finally {
    await db.close();
  }
}

async function firstAdministrator(db: ReturnType<typeof openDb>, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (await hasAdministrator(db)) return null;
  const email = env.MAILFERRY_ADMIN_EMAIL;
  const password = env.MAILFERRY_ADMIN_PASSWORD;
  if (email && password) {
    await ensureAdministrator(db, email, password);
    return null;
  }
  if (email || password) throw new Refusal("Set both MAILFERRY_ADMIN_EMAIL and MAILFERRY_ADMIN_PASSWORD, or neither.");
  return makeSetupCode(db);
}

/** Throws Refusal when it does not answer or is too old. */
export async function checkDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 8000 });
  client.on("error", () => {});
  const shown = url.replace(/\/\/[^@/]*@/, "//…@");
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    const version = rows[0]?.version ?? 0;
    if (version < 150000) {
      throw new Refusal(
        `The database ${shown} is Postgres ${Math.floor(version / 10000)}: Mailferry needs Postgres 15 or newer.`,
      );
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      `The database ${shown} can't be used: ${wordsOf(error) || "no answer"}. Check that it runs and that DATABASE_URL is right.`,
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** Signs the portal's cookies; made once. The portal reads NEXTAUTH_SECRET or this file. */
function ensureSessionSecret(folder: string): void {
  const file = join(folder, "nextauth.secret");
  if (existsSync(file) && readFileSync(file, "utf8").trim() !== "") return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
}
