// Starts Mailferry as people do, in a throw-away folder, and stops it after the stories.
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const administrator = { email: "admin@provider.example", password: "a calm harbour office" };

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export default async function setup() {
  const folder = mkdtempSync(join(tmpdir(), "mailferry-e2e-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    MAILFERRY_DATA: folder,
    PORT: String(port),
    MAILFERRY_URL: url,
    MAILFERRY_ADMIN_EMAIL: administrator.email,
    MAILFERRY_ADMIN_PASSWORD: administrator.password,
    MAILFERRY_ALLOW_NETWORKS: "127.0.0.0/8",
    MAILFERRY_NAME: "ferry.provider.example",
    MAILFERRY_MAIL_FROM: "mailferry@provider.example",
  };
  for (const name of [
    "DATABASE_URL",
    "MAILFERRY_WEB_DATABASE_URL",
    "MAILFERRY_WORKER_DATABASE_URL",
    "MAILFERRY_TEST_POSTGRES",
  ]) {
    delete (env as Record<string, string | undefined>)[name];
  }
  const logFile = join(folder, "start.log");
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, ["cli/start.mjs"], { env, stdio: ["ignore", log, log] });
  let exited = false;
  child.once("exit", () => {
    exited = true;
  });
  const deadline = Date.now() + 120_000;
  while (
    !(await fetch(`${url}/api/health`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (exited || Date.now() > deadline)
      throw new Error(`Mailferry did not start:\n${readFileSync(logFile, "utf8").slice(-4000)}`);
    await new Promise((done) => setTimeout(done, 200));
  }
  process.env.MAILFERRY_E2E_URL = url;
  process.env.MAILFERRY_E2E_DATA = folder;
  return async () => {
    const stopped = new Promise((done) => child.once("exit", done));
    if (!exited) {
      child.kill("SIGTERM");
      await stopped;
    }
    if (!process.env.MAILFERRY_E2E_KEEP) rmSync(folder, { recursive: true, force: true });
  };
}
