// What the Dockerfile makes, as a folder: the same files, the same data folder, programs that run as somebody else to whom
// the code is not writable. Only packages are linked instead of installed, and database client and portal taken as built.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ignoredByDocker } from "./deploy-files";

const root = process.cwd();
export const portalIsBuilt = existsSync(".next/mailferry-stamp");

const uids = { node: 1000, other: 1001 };
/** Only root may become the image's user, and only where that user reaches Node and the packages. */
const mayBecome = process.getuid?.() === 0 && reaches(join(root, "node_modules"), uids.node);
if (!mayBecome)
  console.warn("Left out, other accounts in a deploy: this one can't become them, or they reach no packages.");
/** the image's own, and another one as systemd's portal has */
export type Account = keyof typeof uids;
const identity = (account: Account) => (mayBecome ? { uid: uids[account], gid: uids[account] } : {});

export interface Program {
  child: ChildProcess;
  words(): string;
  ended: Promise<number | null>;
  /** SIGTERM, and its exit code */
  stop(): Promise<number | null>;
}

export interface Image {
  /** WORKDIR */
  folder: string;
  /** /var/lib/mailferry */
  data: string;
  run(command: string[], env: Record<string, string>, account?: Account): Program;
  /** every file of the code, and when it was written last */
  code(): string[];
  /** the same of the data folder */
  kept(): string[];
  close(): void;
}

export function makeImage(): Image {
  const top = mkdtempSync(join(tmpdir(), "mf-image-"));
  chmodSync(top, 0o755);
  const folder = join(top, "opt");
  const data = join(top, "data");
  copyContext(folder);
  linkPackages(folder);
  // Made by `npm run build` in the image, as by whatever starts these tests.
  cpSync("prisma/client", join(folder, "prisma/client"), { recursive: true });
  cpSync("dist", join(folder, "dist"), { recursive: true });
  if (portalIsBuilt)
    cpSync(".next", join(folder, ".next"), {
      recursive: true,
      filter: (path) => !/\.next\/cache\b/.test(path),
      verbatimSymlinks: true,
    });
  mkdirSync(data, { mode: 0o700 });
  if (mayBecome) chownSync(data, uids.node, uids.node);
  return {
    folder,
    data,
    run: (command, env, account = "node") => run(folder, command, env, account),
    code: () => listing(folder, (path) => path !== "node_modules"),
    kept: () => listing(data, () => true),
    close: () => rmSync(top, { recursive: true, force: true }),
  };
}

/** `COPY . .` */
function copyContext(folder: string): void {
  const ignored = ignoredByDocker();
  cpSync(root, folder, {
    recursive: true,
    filter: (path) => path === root || !ignored(relative(root, path)),
  });
}

/** One link per package: an `npm ci` in there would empty what a single link leads to. */
function linkPackages(folder: string): void {
  const from = join(root, "node_modules");
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(from))
    if (!name.startsWith(".") || name === ".bin") symlinkSync(join(from, name), join(folder, "node_modules", name));
}

/** What a build is made from, as the folder has it: the same stamp means the same build. */
export function stampOf(folder: string, of: "portalMadeOf" | "workerMadeOf"): string {
  const text = `import("${join(folder, "cli/ensure.mjs")}").then(({ ${of} }) => process.stdout.write(${of}()))`;
  const done = spawnSync(process.execPath, ["-e", text], { cwd: folder, encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout;
}

function run(folder: string, command: string[], env: Record<string, string>, account: Account): Program {
  const [program = "", ...words] = command;
  if (program !== "node" && program !== "/usr/bin/node") throw new Error(`${program} is not in the image`);
  const child = spawn(process.execPath, words, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...identity(account),
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (said += String(data)));
  const ended = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  return {
    child,
    words: () => said,
    ended,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

function listing(folder: string, wanted: (path: string) => boolean): string[] {
  const below = (at: string): string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      const path = join(at, entry.name);
      if (!wanted(relative(folder, path))) return [];
      return entry.isDirectory()
        ? below(path)
        : [`${relative(folder, path)} ${entry.isSymbolicLink() || statSync(path).mtimeMs}`];
    });
  return below(folder).sort();
}

function reaches(path: string, uid: number): boolean {
  const look = `require("node:fs").readdirSync(${JSON.stringify(path)})`;
  return spawnSync(process.execPath, ["-e", look], { cwd: "/", uid, gid: uid, stdio: "ignore" }).status === 0;
}
