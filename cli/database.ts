// The database that a command works on: DATABASE_URL, else the running embedded one of the data folder, else that one
// started for the command's own time.
import { type Db, openDb } from "@/lib/db";
import { dataFolder } from "@/lib/env";
import { Refusal } from "@/lib/errors";
import { knownMigrations, missingMigrations } from "@/prisma/migrate";
import { checkDatabase, prepare } from "./commands/prepare";

interface World {
  db: Db;
  stop(): Promise<void>;
}

export function databaseOnDemand(env: NodeJS.ProcessEnv, say: (text: string) => void, anyDatabase: boolean) {
  let opened: Promise<World> | null = null;
  return {
    db: async () => {
      opened ??= open(env, say, anyDatabase);
      return (await opened).db;
    },
    close: async () => {
      const world = await opened?.catch(() => null);
      await world?.stop();
    },
  };
}

async function open(env: NodeJS.ProcessEnv, say: (text: string) => void, anyDatabase: boolean): Promise<World> {
  const stop = env.DATABASE_URL ? async () => {} : await embedded(env, say);
  const url = env.DATABASE_URL ?? "";
  try {
    await checkDatabase(url);
    const db = openDb(url, 4);
    const world = {
      db,
      stop: async () => {
        await db.close();
        await stop();
      },
    };
    if (!anyDatabase) await checkMigrated(db, env);
    return world;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Sets DATABASE_URL to the data folder's own database; returns what stops it again if it was started here. */
async function embedded(env: NodeJS.ProcessEnv, say: (text: string) => void): Promise<() => Promise<void>> {
  const postgres = await import("./postgres.mjs");
  const folder = dataFolder(env);
  const running = postgres.runningServer(folder);
  if (running) {
    env.DATABASE_URL = postgres.ownerUrl(folder, running.port);
    return async () => {};
  }
  say("No database runs on this data folder: starting the embedded one for this command.");
  const started = await postgres.startPostgres(folder);
  env.DATABASE_URL = started.url;
  // A starter that came meanwhile uses it now, and stops it in the end.
  return async () => {
    const { starterOf } = await import("./starter-lock.mjs");
    if (starterOf(folder) === null) await started.stop();
  };
}

/** A new database is prepared; one that is in use is migrated only by those who mean to: `migrate` and `start`. */
async function checkMigrated(db: Db, env: NodeJS.ProcessEnv): Promise<void> {
  const missing = await missingMigrations(db.pool);
  if (missing.length === 0) return;
  if (missing.length < knownMigrations().length) {
    throw new Refusal(`The database lacks ${missing.join(", ")}. Run “npm run mailferry -- migrate” first.`);
  }
  await prepare({ ...env });
}
