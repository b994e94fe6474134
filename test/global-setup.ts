// One Postgres for the whole test run: the one of MAILFERRY_TEST_POSTGRES (owner's address), else an embedded one in a
// throw-away folder. Test files then take a database each from a template (test/database.ts).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureWorker } from "../cli/ensure.mjs";
import { startPostgres } from "../cli/postgres.mjs";
import { makeTemplate } from "./database";

export default async function setup() {
  ensureWorker();
  if (process.env.MAILFERRY_TEST_POSTGRES) {
    await makeTemplate();
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "mailferry-test-"));
  const postgres = await startPostgres(folder, { sync: false, settings: { max_connections: "300" } });
  process.env.MAILFERRY_TEST_POSTGRES = postgres.url;
  await makeTemplate();
  return async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
