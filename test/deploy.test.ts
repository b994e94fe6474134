// Each step of the examples for a deploy, run as far as that goes without a container engine and without systemd: the
// Dockerfile's, every service of compose.yaml, every unit. What can't be tried on a machine is left out by name.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres } from "../cli/postgres.mjs";
import {
  composeAsks,
  composeWith,
  dockerfileSteps,
  ignoredByDocker,
  type Service,
  seconds,
  unitEnvironment,
  unitSettings,
} from "./deploy-files";
import { type Account, type Image, makeImage, type Program, portalIsBuilt, stampOf } from "./deploy-image";
import { source } from "./doors";
import { until } from "./worker-process";

if (!portalIsBuilt) console.warn("Left out, the portal of a deploy: it is not built (npm run build).");
const says = (program: string, ...words: string[]) => spawnSync(program, words, { encoding: "utf8" });
const hasCompose = says("docker", "compose", "version").status === 0;
const hasAnalyze = says("systemd-analyze", "--version").status === 0;

const passwords = { WEB_PASSWORD: "web1", WORKER_PASSWORD: "worker1", NEXTAUTH_SECRET: "cookies-are-signed-with-this" };
const own = { MAILFERRY_URL: "https://mailferry.provider.example", MAILFERRY_NAME: "ferry.provider.example" };
const steps = dockerfileSteps();
const step = (word: string) => steps.filter((one) => one.word === word).map(({ rest }) => rest);
const command: string[] = JSON.parse(step("CMD")[0] ?? "[]");
const dataFolder = "/var/lib/mailferry";
const stopSeconds = 660;

let image: Image;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let folder: string;
const programs: Program[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mf-deploy-"));
  postgres = await startPostgres(join(folder, "postgres"), { sync: false });
  image = makeImage();
}, 120_000);
afterAll(async () => {
  for (const { child } of programs) child.kill("SIGKILL");
  await Promise.all(programs.map(({ ended }) => ended));
  await postgres.stop();
  image.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(words: string[], env: Record<string, string>, account: Account = "node"): Program {
  const program = image.run(words, env, account);
  programs.push(program);
  return program;
}

const here = (text: string) => text.replace(dataFolder, image.data);
const runs = (program: Program) =>
  until("the worker runs", () => {
    if (program.child.exitCode !== null) throw new Error(program.words());
    return program.words().includes("the worker runs");
  });

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return String(typeof address === "object" && address ? address.port : 0);
}

/** Health says 200 once it reaches the database and a worker beats. */
const healthy = (portal: Program, port: string) =>
  until("portal and worker are healthy", () => {
    if (portal.child.exitCode !== null) throw new Error(portal.words());
    return fetch(`http://127.0.0.1:${port}/api/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
  });

/** What was started for the tests before stops in order. */
async function allStop(): Promise<void> {
  const running = programs.filter(({ child }) => child.exitCode === null);
  expect(running.length).toBe(portalIsBuilt ? 2 : 1);
  expect(await Promise.all(running.map((program) => program.stop()))).toEqual(running.map(() => 0));
}

const knownVariables = new Set(
  ["lib/env.ts", "lib/log.ts", "cli/web.mjs", "cli/commands/prepare.ts"].flatMap((file) =>
    [...source(file).matchAll(/(?:\benv\.|")((?:MAILFERRY_|NEXTAUTH_)[A-Z_]+|DATABASE_URL|HOST|PORT|NODE_ENV)\b/g)].map(
      ([, name = ""]) => name,
    ),
  ),
);
/** What a worker reads, but for what the image or its compose file settles itself. */
const workersVariables = [...knownVariables].filter(
  (name) =>
    (source("lib/env.ts").includes(name) || source("lib/log.ts").includes(name)) &&
    name.startsWith("MAILFERRY_") &&
    !["DATA", "PRIVATE_KEY_FILE", "WEB_DATABASE_URL", "TRUSTED_PROXIES"].includes(name.replace("MAILFERRY_", "")),
);
const listedByGit = () => (says("git", "ls-files").stdout ?? "").split("\n").filter(Boolean);
const isOfTheCode = (path: string) => /^(app|cli|domain|lib|mail|prisma|public|worker)\//.test(path);
const ownersOnly = ["DATABASE_URL", "MAILFERRY_WORKER_DATABASE_URL", "MAILFERRY_PRIVATE_KEY_FILE", "MAILFERRY_DATA"];

describe("the Dockerfile", () => {
  it("has no step but those that are tried here", () => {
    expect(steps.map(({ word }) => word).join(" ")).toBe("FROM WORKDIR COPY RUN COPY RUN ENV VOLUME USER EXPOSE CMD");
    expect(step("RUN")[1]).toMatch(/^npm run build && mkdir -p (\S+) && chown node:node \1 && chmod 700 \1$/);
    expect(step("RUN")[1]).toContain(`mkdir -p ${dataFolder} `);
    expect(step("USER")).toEqual(["node"]);
    expect(step("VOLUME")).toEqual([dataFolder]);
  });

  it("begins with a Node that is new enough", () => {
    const [, major = "0"] = /^node:(\d+)-/.exec(step("FROM")[0] ?? "") ?? [];
    const least = JSON.parse(source("package.json")).engines.node.replace(">=", "");
    expect(Number(major)).toBeGreaterThanOrEqual(Number(least.split(".")[0]));
  });

  it("copies files that are there and that .dockerignore lets through", () => {
    const ignored = ignoredByDocker();
    const sources = step("COPY").flatMap((rest) => rest.split(" ").slice(0, -1));
    expect(sources.filter((path) => !existsSync(path) || ignored(path))).toEqual([]);
  });

  it("copies no file with secrets, wherever people put it", () => {
    const ignored = ignoredByDocker();
    const env = [
      ".env",
      ".env.production",
      "mailferry.env",
      "deploy/mailferry.env",
      "app/.env.local",
      "worker/own.env",
    ];
    const data = ["data/private.key", "data-of-before/pgdata/base/1", "backup/all.yaml", "all.yaml", "cli/all.yaml"];
    const rest = ["today.backup", "today.dump", "prisma/today.backup", "notes.txt", ".git/config", "lib/a.secret"];
    const secrets = [...env, ...data, ...rest];
    expect(secrets.filter((path) => !ignored(path))).toEqual([]);
    expect(listedByGit().filter((path) => isOfTheCode(path) && ignored(path))).toEqual([]);
  });

  it("understands .dockerignore as Docker does: the last line that fits a path or a folder above it", () => {
    const ignored = ignoredByDocker("# none\n*\n!a\n!/b/c/\n\n**/*.env\na/d*\n!a/d1");
    expect(["x", "x/y", "b", "b/d", "a/x.env", "a/b/.env", "a/d2/e"].filter((path) => !ignored(path))).toEqual([]);
    expect(["a", "a/x", "a/x/y.envs", "b/c", "b/c/d", "a/d1", "a/d1/e"].filter(ignored)).toEqual([]);
  });

  it("installs from a lock file that agrees with package.json", () => {
    const alone = join(folder, "install");
    const [files = ""] = step("COPY");
    for (const name of files.split(" ").slice(0, -1)) cpSync(name, join(alone, name));
    const [npm, ...words] = (step("RUN")[0] ?? "").split(" ");
    const cli = process.env.npm_execpath;
    const [program, first] = cli?.endsWith("npm-cli.js") ? [process.execPath, [cli]] : [npm ?? "", []];
    const done = spawnSync(program, [...first, ...words, "--dry-run", "--offline"], { cwd: alone, encoding: "utf8" });
    expect(done.stderr).not.toMatch(/npm error/);
    expect(done.status).toBe(0);
    expect(done.stdout).toMatch(/added \d{3,} packages/);
  }, 60_000);

  it.skipIf(!portalIsBuilt)("has what the portal is built from, to the last file", () => {
    expect(stampOf(image.folder, "portalMadeOf")).toBe(stampOf(process.cwd(), "portalMadeOf"));
  });

  it("has what the worker is built from, to the last file", () => {
    expect(stampOf(image.folder, "workerMadeOf")).toBe(stampOf(process.cwd(), "workerMadeOf"));
  });
});

describe("compose.yaml", () => {
  const dockerEnv = Object.fromEntries(step("ENV").flatMap((rest) => rest.split(" ").map((one) => one.split("="))));
  const given = { ...passwords, ...own, POSTGRES_PASSWORD: "owner1" };
  const services = composeWith(given).services;
  const service = (name: string): Service => services[name] ?? {};
  const ours = ["migrate", "web", "worker"];

  /** As the service has it, with the database server of this test. */
  function environmentOf(name: string): Record<string, string> {
    const password = new URL(postgres.url).password;
    const filled = composeWith({ ...given, POSTGRES_PASSWORD: password }).services[name]?.environment ?? {};
    const all = Object.entries<string>({ ...dockerEnv, ...filled }).map(([key, value]) => [
      key,
      here(value.replace("@postgres/", `@127.0.0.1:${postgres.port}/`)),
    ]);
    return Object.fromEntries(all);
  }
  const commandOf = (name: string) => service(name).command ?? command;
  let before: string[][];

  it("asks for what its head tells people to write down, and sets only what Mailferry reads", () => {
    expect(composeAsks().needed).toEqual(composeAsks().told);
    const set = ours.flatMap((name) => Object.keys(service(name).environment ?? {}));
    expect(set.filter((name) => !knownVariables.has(name))).toEqual([]);
    expect(() => composeWith({})).toThrow("is not given");
  });

  it("hands on whatever a worker reads, and the key's sites to migrate too", () => {
    expect(workersVariables).toEqual(expect.arrayContaining(["MAILFERRY_DATABASE_LIMIT_GB", "MAILFERRY_LOG"]));
    const asked = Object.fromEntries(workersVariables.map((name) => [name, `the ${name}`]));
    const { worker, migrate } = composeWith({ ...given, ...asked }).services;
    const { MAILFERRY_WORKER_DATABASE_URL: _, ...rest } = asked;
    expect(worker?.environment).toMatchObject(rest);
    expect(migrate?.environment).toMatchObject({ MAILFERRY_SITES: asked.MAILFERRY_SITES });
  });

  it.skipIf(!hasCompose)("is read by docker compose itself", () => {
    const file = join(folder, "mailferry.env");
    writeFileSync(
      file,
      Object.entries(given)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
    const read = says("docker", "compose", "--env-file", file, "-f", "compose.yaml", "config", "--format", "json");
    expect(read.stderr).toBe("");
    expect(Object.keys(JSON.parse(read.stdout).services).sort()).toEqual(Object.keys(services).sort());
  });

  it("keeps the owner's address and the private key from the portal", () => {
    expect(Object.keys(service("web").environment ?? {}).filter((name) => ownersOnly.includes(name))).toEqual([]);
    expect(service("web").volumes).toBeUndefined();
    const withOwner = ours.filter((name) => service(name).environment?.DATABASE_URL);
    expect(withOwner).toEqual(["migrate"]);
    expect(service("worker").volumes).toEqual([`keys:${dataFolder}:ro`]);
    expect(service("migrate").volumes).toEqual([`keys:${dataFolder}`]);
    expect(dockerEnv.MAILFERRY_DATA).toBe(dataFolder);
  });

  it("gives a worker the time that it may need to stop, and starts nothing before the migration", () => {
    expect(seconds(service("worker").stop_grace_period ?? "0")).toBeGreaterThanOrEqual(stopSeconds);
    for (const name of ["web", "worker"]) {
      expect(service(name).depends_on).toEqual({ migrate: { condition: "service_completed_successfully" } });
      expect(service(name)).toMatchObject({ image: "mailferry", read_only: true, tmpfs: ["/tmp"], cap_drop: ["ALL"] });
    }
    expect(service("migrate")).toMatchObject({ build: ".", image: "mailferry" });
    expect(service("web").ports).toEqual([`127.0.0.1:3000:${step("EXPOSE")[0]}`]);
    expect(service("web").environment).not.toHaveProperty("PORT");
    expect(source("cli/web.mjs")).toContain(`env.PORT || ${step("EXPOSE")[0]}`);
  });

  it("migrates a new database, and leaves the key to its account alone", async () => {
    const migrate = run(commandOf("migrate"), environmentOf("migrate"));
    expect(await migrate.ended, migrate.words()).toBe(0);
    expect(migrate.words()).toMatch(/Applied: 0001_init, .*One-time code for \/first-administrator: /s);
    expect(statSync(join(image.data, "private.key")).mode & 0o777).toBe(0o600);
    before = [image.code(), image.kept()];
  }, 60_000);

  it("starts a worker that runs", () => runs(run(commandOf("worker"), environmentOf("worker"))), 60_000);

  it.skipIf(!portalIsBuilt)(
    "starts a portal without the data folder that is healthy beside the worker",
    async () => {
      const port = await freePort();
      // Nothing of the tests listens beyond loopback.
      const loopback = { HOST: "127.0.0.1", PORT: port, MAILFERRY_DATA: join(folder, "nowhere") };
      await healthy(run(commandOf("web"), { ...environmentOf("web"), ...loopback }), port);
    },
    60_000,
  );

  it("stops them when told, and they wrote neither to the code nor to the data", async () => {
    await allStop();
    expect([image.code(), image.kept()]).toEqual(before);
  }, 60_000);
});

describe("systemd's units", () => {
  const file = (name: string) => `deploy/systemd/mailferry-${name}.service`;
  const unit = (name: string) => unitSettings(file(name));
  const one = (name: string, setting: string) => unit(name).get(setting)?.at(-1) ?? "";
  const commandOf = (name: string) => one(name, "ExecStart").split(" ");
  const url = (user: string, password: string) =>
    Object.assign(new URL(postgres.url), { username: user, password }).href;
  const webUrl = () => url("mailferry_web", passwords.WEB_PASSWORD);
  const workerUrl = () => url("mailferry_worker", passwords.WORKER_PASSWORD);
  /** What the handbook tells people to write into each file of /etc/mailferry. */
  const files: Record<string, () => Record<string, string>> = {
    "/etc/mailferry/owner.env": () => ({
      DATABASE_URL: postgres.url,
      MAILFERRY_WEB_DATABASE_URL: webUrl(),
      MAILFERRY_WORKER_DATABASE_URL: workerUrl(),
    }),
    "/etc/mailferry/web.env": () => ({
      MAILFERRY_WEB_DATABASE_URL: webUrl(),
      NEXTAUTH_SECRET: passwords.NEXTAUTH_SECRET,
      MAILFERRY_URL: own.MAILFERRY_URL,
    }),
    "/etc/mailferry/worker.env": () => ({ ...own, MAILFERRY_WORKER_DATABASE_URL: workerUrl() }),
  };
  function environmentOf(name: string): Record<string, string> {
    const fromFile = files[one(name, "EnvironmentFile").replace(/^-/, "")];
    if (!fromFile) throw new Error(`${name} has no file that the handbook names`);
    const set = Object.entries({ ...unitEnvironment(unit(name)), ...fromFile() });
    return Object.fromEntries(set.map(([key, value]) => [key, here(value)]));
  }

  it("set and ask for only what Mailferry reads, and keep the owner's address and the key from the portal", () => {
    for (const name of ["migrate", "web", "worker"]) {
      const text = source(file(name));
      const named = [...text.matchAll(/\b(MAILFERRY_[A-Z_]+|NEXTAUTH_[A-Z]+|DATABASE_URL)\b/g)].map(([word]) => word);
      const set = Object.keys(unitEnvironment(unit(name)));
      expect([...named, ...set].filter((word) => !knownVariables.has(word))).toEqual([]);
      expect(one(name, "WorkingDirectory")).toBe(step("WORKDIR")[0]);
      expect(commandOf(name)[0]).toBe("/usr/bin/node");
    }
    expect(Object.keys(unitEnvironment(unit("web"))).filter((name) => ownersOnly.includes(name))).toEqual([]);
    expect(one("web", "User")).not.toBe(one("worker", "User"));
    expect(one("web", "InaccessiblePaths")).toBe(`-${dataFolder} -/etc/mailferry`);
    expect(one("worker", "StateDirectory")).toBe(dataFolder.split("/").at(-1));
  });

  it("run the same programs as the image", () => {
    const services = composeWith({ ...passwords, ...own, POSTGRES_PASSWORD: "x" }).services;
    for (const name of ["migrate", "web", "worker"])
      expect(commandOf(name).slice(1)).toEqual((services[name]?.command ?? command).slice(1));
  });

  it("tell a worker once to stop, and give it the time that it may need", () => {
    expect(seconds(one("worker", "TimeoutStopSec"))).toBeGreaterThanOrEqual(stopSeconds);
    // The second signal ends it: only the first one, and to the program itself.
    expect(one("worker", "KillMode")).toBe("mixed");
    expect(one("migrate", "Type")).toBe("oneshot");
    for (const name of ["web", "worker"]) expect(one(name, "After")).toContain("mailferry-migrate.service");
  });

  it.skipIf(!hasAnalyze)("are read by systemd itself without a word", () => {
    const checked = ["migrate", "web", "worker"].map((name) => {
      const copy = join(folder, `mailferry-${name}.service`);
      writeFileSync(copy, readFileSync(file(name), "utf8").replaceAll("/usr/bin/node", process.execPath));
      return copy;
    });
    const read = says("systemd-analyze", "verify", "--man=no", ...checked);
    expect(`${read.stdout}${read.stderr}`.split("\n").filter((line) => line.includes("mailferry"))).toEqual([]);
  });

  it("migrate ends well, also where nothing is to be done", async () => {
    const migrate = run(commandOf("migrate"), environmentOf("migrate"));
    expect(await migrate.ended, migrate.words()).toBe(0);
    expect(migrate.words()).toContain("The database is up to date.");
  }, 60_000);

  it("worker runs", () => runs(run(commandOf("worker"), environmentOf("worker"))), 60_000);

  it.skipIf(!portalIsBuilt)(
    "web is healthy beside it, by an account that can't read the data folder",
    async () => {
      const port = await freePort();
      await healthy(run(commandOf("web"), { ...environmentOf("web"), PORT: port }, "other"), port);
    },
    60_000,
  );

  it("worker and web stop when told", allStop, 60_000);
});
