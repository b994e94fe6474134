// The starter as people use it: start, a second one in its way, kill -9, start again, stop. Needs the built portal, which
// `npm test` makes first.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "./worker-process";

const built = existsSync(".next/mailferry-stamp");
if (!built) console.warn("Left out, the starter's tests: the portal is not built (npm run build).");

let folder: string;
let port: number;
const children: ChildProcess[] = [];

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(MAILFERRY_|DATABASE_URL|VITEST|NODE_ENV|NEXTAUTH)/.test(name)),
  );
  return {
    NODE_ENV: "production",
    ...kept,
    MAILFERRY_DATA: folder,
    PORT: String(port),
    MAILFERRY_NAME: "ferry.test.example",
    ...more,
  };
}

function start(): { child: ChildProcess; words: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, ["cli/start.mjs"], { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let words = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (words += String(data)));
  return { child, words: () => words, ended: new Promise((done) => child.once("exit", (code) => done(code))) };
}

const healthy = () =>
  fetch(`http://127.0.0.1:${port}/api/health`).then(
    (answer) => answer.ok,
    () => false,
  );
const refused = () =>
  fetch(`http://127.0.0.1:${port}/api/health`).then(
    () => false,
    () => true,
  );

describe.skipIf(!built)("npm start", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mf-start-"));
    port = await new Promise((done) => {
      const server = createServer();
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => done(typeof address === "object" && address ? address.port : 0));
      });
    });
  });
  afterAll(async () => {
    for (const child of children) if (child.exitCode === null) child.kill("SIGTERM");
    await until("every starter ended", () =>
      children.every((child) => child.exitCode !== null || child.signalCode !== null),
    );
    const pidFile = join(folder, "pgdata", "postmaster.pid");
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, "utf8").split("\n")[0]), "SIGINT");
    await until("the database stopped", () => !existsSync(pidFile));
    rmSync(folder, { recursive: true, force: true });
  });

  it("starts, survives kill -9 of the starter, starts again and stops in order", async () => {
    const first = start();
    await until("the portal is healthy", healthy, 90_000).catch((error) => {
      throw new Error(`${error.message}\n${first.words()}`);
    });
    await until("the code is printed", () => /One-time code: [A-Z0-9-]{19}/.test(first.words()));

    const second = spawnSync(process.execPath, ["cli/start.mjs"], { env: environment(), encoding: "utf8" });
    expect(second.status).toBe(1);
    expect(second.stderr.trim().split("\n")).toHaveLength(1);
    expect(second.stderr).toMatch(/Port \d+ on 127\.0\.0\.1 is taken.*PORT=3001 npm start/);
    // Also at another port: when it stopped it would take the database along.
    const beside = spawnSync(process.execPath, ["cli/start.mjs"], {
      env: environment({ PORT: "0" }),
      encoding: "utf8",
    });
    expect(beside.status).toBe(1);
    expect(beside.stderr).toMatch(/runs on the data folder .* already \(process \d+\).*MAILFERRY_DATA/);

    first.child.kill("SIGKILL");
    await until("portal and worker noticed that the starter is gone", refused);

    const third = start();
    await until("it is healthy again", healthy, 90_000);
    await until("it says so", () => third.words().includes("Mailferry is ready"));

    const pidFile = join(folder, "pgdata", "postmaster.pid");
    process.kill(Number(readFileSync(pidFile, "utf8").split("\n")[0]), "SIGQUIT");
    await until("the database is started again", () => third.words().includes("The database runs again."));
    await until("portal and worker found it", healthy, 60_000);
    third.child.kill("SIGTERM");
    expect(await third.ended).toBe(0);
    expect(await refused()).toBe(true);
    expect(existsSync(pidFile)).toBe(false);
    expect(existsSync(join(folder, "starter.pid"))).toBe(false);
  }, 240_000);

  it.each([
    {
      why: "a database that is away",
      env: { DATABASE_URL: "postgresql://a:b@127.0.0.1:1/x" },
      words: /can't be used.*DATABASE_URL/,
    },
    {
      why: "a data folder that is a file",
      env: { MAILFERRY_DATA: join(process.cwd(), "package.json", "x") },
      words: /data folder .* can't be made.*MAILFERRY_DATA/,
    },
    { why: "half an administrator", env: { MAILFERRY_ADMIN_EMAIL: "a@b.example" }, words: /Set both/ },
  ])(
    "names $why in one line with a remedy",
    async ({ env, words }) => {
      const run = spawnSync(process.execPath, ["cli/start.mjs"], { env: environment(env), encoding: "utf8" });
      expect(run.status).toBe(1);
      expect(run.stderr).toMatch(words);
      expect(run.stderr).not.toMatch(/\n\s+at /);
    },
    60_000,
  );
});
