// migrate: database and roles up to date, keys and ids there. `start` does the same.
import { dataFolder } from "@/lib/env";
import type { CommandContext } from "../command";
import { prepare } from "./prepare";

export async function migrateCommand({ env, db, say }: CommandContext): Promise<number> {
  await db();
  const prepared = await prepare(env);
  if (prepared.applied.length === 0) say("The database is up to date.");
  else say(`Applied: ${prepared.applied.join(", ")}.`);
  if (!env.MAILFERRY_WEB_DATABASE_URL || !env.MAILFERRY_WORKER_DATABASE_URL) {
    say(`The addresses of portal and worker are in ${dataFolder(env)}/web.url and worker.url.`);
  }
  if (prepared.setupCode)
    say(`There is no platform administrator yet. One-time code for /first-administrator: ${prepared.setupCode}`);
  return 0;
}
