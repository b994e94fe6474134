// What must be there before anything of Mailferry can run: a new enough Node, the packages, Prisma's client, the worker as
// one file, the built portal. Each is made only when it is missing or older than its sources. Plain JavaScript without
// dependencies.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "./packed.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A sentence for people: what is missing and what to do. Printed without a stack trace. */
export class Need extends Error {}

/** Progress goes to standard error: standard output is for results. */
export const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a program's main function; needs are printed as one line, faults with their stack. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    const expected = error instanceof Need || error?.name === "Need" || error?.name === "Refusal";
    say(expected ? `mailferry: ${error.message}` : `mailferry: ${error?.stack ?? error}`);
    process.exitCode = 1;
  }
}

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Need(
      `Node ${process.versions.node} is too old: Mailferry needs Node 20.19 or newer. Install it from nodejs.org.`,
    );
  }
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== "client" || !path.endsWith("prisma"))
    .flatMap((entry) => filesBelow(join(path, entry.name)))
    .sort();
}

/** One hash over the contents of files and folders, named relative to the project. */
function hashOf(paths, leftOut = /^$/) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap((path) => filesBelow(join(root, path)))) {
    if (leftOut.test(file)) continue;
    hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

const stampIn = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

function run(command, args, options, remedy) {
  const done = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
  if (done.status !== 0) throw new Need(`${remedy}${done.error ? ` (${done.error.message})` : ""}`);
}

/** Node's own npm, so that it also works where npm is not on PATH. */
function npm() {
  const fromNpm = process.env.npm_execpath;
  if (fromNpm && existsSync(fromNpm)) return { command: process.execPath, args: [fromNpm] };
  return { command: process.platform === "win32" ? "npm.cmd" : "npm", args: [] };
}

export function ensureInstalled() {
  const stamp = join(root, "node_modules", ".mailferry");
  const wanted = hashOf(["package-lock.json", "package.json"]);
  if (stampIn(stamp) === wanted) return;
  // A folder that npm itself finished for this lock file (a plain `npm ci`) counts as installed.
  const hidden = join(root, "node_modules", ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (!existsSync(hidden) || statSync(hidden).mtimeMs < statSync(lock).mtimeMs) {
    say("Installing packages (once, about a minute) …");
    const { command, args } = npm();
    run(
      command,
      [...args, "ci", "--no-audit", "--no-fund", "--include=dev"],
      {
        env: { ...process.env, NODE_ENV: "" },
      },
      "The packages could not be installed: see npm's words above; check the network and run it again.",
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Prisma's client is generated without its engine's download: any existing file does as the engine's name. */
export function ensureClient() {
  const stamp = join(root, "prisma", "client", ".stamp");
  const wanted = hashOf(["prisma/schema", "package-lock.json"]);
  if (stampIn(stamp) === wanted) return;
  say("Generating the database client …");
  run(
    process.execPath,
    [join(root, "node_modules/prisma/build/index.js"), "generate"],
    {
      stdio: ["ignore", "ignore", 2],
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" },
    },
    "The database client could not be generated: see the words above.",
  );
  writeFileSync(stamp, wanted);
}

const portalSources = [
  "app",
  "cli/packed.mjs",
  "domain",
  "lib",
  "mail",
  "public",
  "prisma/schema",
  "package-lock.json",
  "next.config.ts",
  "postcss.config.mjs",
  "proxy.ts",
  "tsconfig.json",
];

export const portalMadeOf = () => hashOf(portalSources);

export function ensureBuilt() {
  const stamp = join(root, ".next", "mailferry-stamp");
  const wanted = portalMadeOf();
  if (stampIn(stamp) === wanted) return;
  say("Building the portal (once, about half a minute) …");
  rmSync(stamp, { force: true });
  run(
    process.execPath,
    [join(root, "node_modules/next/dist/bin/next"), "build"],
    {
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    },
    "The portal could not be built: see the words above.",
  );
  pack(join(root, ".next", "static"));
  writeFileSync(stamp, wanted);
}

const workerSources = [
  "cli/bundle.mjs",
  "domain",
  "lib",
  "mail",
  "package-lock.json",
  "prisma",
  "prisma/client/.stamp",
  "tsconfig.json",
  "worker",
];
const workerFile = join(root, "dist", "worker.mjs");

/** Migrations are read when it runs. */
export const workerMadeOf = () => hashOf(workerSources, /\.test\.ts$|[\\/]prisma[\\/]migrations[\\/]/);
export const workerIsBuilt = () => existsSync(workerFile);

/** It says in its first line what it was made of, so that the two can't disagree. */
const workerIsNew = (wanted) => stampIn(workerFile).startsWith(`// ${wanted}\n`);

/** The one that was built runs in production, and nothing is built behind anybody's back; but it says so when it is old. */
export function tellOldWorker() {
  if (!workerIsNew(workerMadeOf()))
    say("This worker is older than its sources: run “npm run build”, then start it again.");
}

export function ensureWorker() {
  ensureClient();
  const wanted = workerMadeOf();
  if (workerIsNew(wanted)) return;
  say("Building the worker (a second) …");
  run(
    process.execPath,
    [join(root, "cli/bundle.mjs"), wanted],
    {},
    "The worker could not be built: see the words above. “npm run build”, by who may write to this folder, builds it too.",
  );
}

/** For programs of their own (commands, portal): nothing is installed or built behind anybody's back where something is. */
export function ensureThere({ built }) {
  checkNode();
  if (!existsSync(join(root, "node_modules"))) ensureInstalled();
  if (!existsSync(join(root, "prisma", "client", "client.ts"))) ensureClient();
  if (built && !existsSync(join(root, ".next", "mailferry-stamp"))) {
    throw new Need("The portal is not built yet: run “npm run build” first.");
  }
}

/** All of them, in order; what `start`, `demo` and `test` begin with. */
export function ensureAll({ build }) {
  checkNode();
  ensureInstalled();
  ensureWorker();
  if (build) ensureBuilt();
}
