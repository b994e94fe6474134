// The portal's one way to the database, opened at its first use: pages and doors get it from here, never from lib/db.
import { type Db, openDb } from "@/lib/db";
import { webEnv } from "@/lib/env";

// `next dev` loads modules anew after each edit; the connections stay with the process.
const kept = globalThis as typeof globalThis & { mailferryDb?: Db };

export function portalDb(): Db {
  kept.mailferryDb ??= openDb(webEnv().databaseUrl, 10);
  return kept.mailferryDb;
}
