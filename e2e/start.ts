// Starts Mailferry as people do, or a further portal beside it, in a folder of its own, and stops it again.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Started {
  url: string;
  folder: string;
  log(): string;
  stop(): Promise<void>;
}

type Extra = Record<string, string>;

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** What the caller's own environment must not bring along. */
const foreign = /^(DATABASE_URL|NEXTAUTH_|MAILFERRY_(?!CHROMIUM|E2E_))/;

/** npm start in a throw-away folder. */
export async function startMailferry(extra: Extra = {}): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "mailferry-e2e-"));
  const own = {
    MAILFERRY_DATA: folder,
    MAILFERRY_ALLOW_NETWORKS: "127.0.0.0/8",
    MAILFERRY_NAME: "ferry.provider.example",
  };
  const started = await startProgram(["cli/start.mjs"], folder, "start.log", { ...own, ...extra }, "/api/health");
  const { stop } = started;
  return {
    ...started,
    stop: async () => {
      await stop();
      if (!process.env.MAILFERRY_E2E_KEEP) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Another portal on the database of an installation that runs, by `npm run web` or by Next's own command. */
export function startPortal(folder: string, extra: Extra = {}, how: "web" | "next" = "web"): Promise<Started> {
  const args = how === "web" ? ["cli/web.mjs"] : ["node_modules/next/dist/bin/next", "start"];
  return startProgram(args, folder, `portal-${Date.now()}.log`, { MAILFERRY_DATA: folder, ...extra }, "/icon.svg");
}

/** "{port}" in a variable is the port that was found free. */
const portIn = (extra: Extra, port: number): Extra =>
  Object.fromEntries(Object.entries(extra).map(([name, value]) => [name, value.replaceAll("{port}", String(port))]));

async function startProgram(
  args: string[],
  folder: string,
  logName: string,
  extra: Extra,
  ready: string,
): Promise<Started> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const own = { PORT: String(port), HOSTNAME: "127.0.0.1", MAILFERRY_URL: url, ...portIn(extra, port) };
  const env = Object.assign({ NODE_ENV: "production" as const }, Object.fromEntries(kept), own);
  const file = join(folder, logName);
  const out = openSync(file, "a");
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", out, out] });
  const log = () => readFileSync(file, "utf8");
  await answers(`${url}${ready}`, child, log);
  return { url, folder, log, stop: () => stopChild(child) };
}

async function answers(address: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + 300_000;
  while (
    !(await fetch(address).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stopChild(child);
      throw new Error(`Mailferry did not start:\n${log().slice(-4000)}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await exited;
}
