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
  /** the address of the administrator that this start made from its environment, else null */
  administrator: string | null;
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
    return { ...migrated, ...(await firstAdministrator(db, env)) };
  } finally {
    await db.close();
  }
}

async function firstAdministrator(
  db: ReturnType<typeof openDb>,
  env: NodeJS.ProcessEnv,
): Promise<Pick<Prepared, "setupCode" | "administrator">> {
  if (await hasAdministrator(db)) return { setupCode: null, administrator: null };
  const email = env.MAILFERRY_ADMIN_EMAIL;
  const password = env.MAILFERRY_ADMIN_PASSWORD;
  if (email && password) {
    await ensureAdministrator(db, email, password);
    return { setupCode: null, administrator: email };
  }
  if (email || password) throw new Refusal("Set both MAILFERRY_ADMIN_EMAIL and MAILFERRY_ADMIN_PASSWORD, or neither.");
  return { setupCode: await makeSetupCode(db), administrator: null };
}

/** “ HOST:PORT/DATABASE” for a sentence, never the rest of the address; empty where it can't be told apart for sure. */
export function databaseShown(url: string): string {
  if (!URL.canParse(url)) return "";
  const { protocol, hostname, port, pathname, search, hash, searchParams } = new URL(url);
  // An @ behind the host: a sign in the password ended the host too early, and what follows is more of it.
  if (!/^postgres(ql)?:$/.test(protocol) || `${pathname}${search}${hash}`.includes("@")) return "";
  const host = hostname || searchParams.get("host") || "localhost";
  return ` ${host}:${port || "5432"}${pathname === "/" ? "" : pathname}`;
}

/** Throws Refusal when it does not answer or is too old. */
export async function checkDatabase(url: string): Promise<void> {
  const shown = databaseShown(url);
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 8000 });
    client.on("error", () => {});
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    const version = rows[0]?.version ?? 0;
    if (version < 150000) {
      throw new Refusal(
        `The database${shown} is Postgres ${Math.floor(version / 10000)}: Mailferry needs Postgres 15 or newer.`,
      );
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // Of an address that can't be read, host and user name in the driver's words may be parts of the password.
    throw new Refusal(
      shown
        ? `The database${shown} can't be used: ${wordsOf(error) || "no answer"}. Check that it runs and that DATABASE_URL is right.`
        : "The database can't be used: DATABASE_URL can't be read. Write it like postgresql://USER:PASSWORD@HOST:5432/DATABASE, " +
            "and @, /, ? and # in the password as %40, %2F, %3F and %23.",
    );
  } finally {
    await client?.end().catch(() => {});
  }
}

/** Signs the portal's cookies; made once. The portal reads NEXTAUTH_SECRET or this file. */
function ensureSessionSecret(folder: string): void {
  const file = join(folder, "nextauth.secret");
  if (existsSync(file) && readFileSync(file, "utf8").trim() !== "") return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
}
