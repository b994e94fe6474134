// The embedded Postgres where root may make no user namespace, as in most containers: it runs as nobody, on its own files.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { openDb } from "@/lib/db";
import { startPostgres } from "../cli/postgres.mjs";

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

async function usable(folder: string): Promise<number> {
  const server = await startPostgres(folder, { sync: false });
  const db = openDb(server.url, 1);
  await db.pool.query("create table if not exists kept (n int)");
  await db.pool.query("insert into kept values (1)");
  const { rows } = await db.pool.query<{ n: number }>("select count(*)::int as n from kept");
  await db.close();
  await server.stop();
  return rows[0]?.n ?? 0;
}

/** As root, in a folder that others get through to; one in root's own home often isn't. */
function mayTry(): boolean {
  if (process.getuid?.() !== 0) return false;
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at))
    if ((statSync(at).mode & 0o001) === 0) return false;
  return true;
}

it.runIf(mayTry())("runs without user namespaces, and on the same folder with them again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mailferry-as-root-"));
  const data = join(folder, "pgdata");
  try {
    // Where there is no program that makes them.
    process.env.PATH = "";
    expect(await usable(folder)).toBe(1);
    expect(statSync(data).uid).toBe(65_534);
    expect(statSync(join(folder, "postgres.password")).uid).toBe(0);
    process.env.PATH = path;
    expect(await usable(folder)).toBe(2);
    process.env.PATH = "";
    expect(await usable(folder)).toBe(3);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
