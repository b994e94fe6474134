// The version before this one as a folder that runs: what meets this version during a deploy.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Older {
  /** the tag, or what MAILFERRY_UPGRADE_FROM says */
  name: string;
  commit: string;
}

const root = process.cwd();

function git(...words: string[]): { ok: boolean; out: string; err: string } {
  const run = spawnSync("git", words, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return { ok: run.status === 0, out: (run.stdout ?? "").trim(), err: run.error?.message ?? (run.stderr ?? "").trim() };
}

/**
 * The newest tag `v*` before this commit, or the commit that MAILFERRY_UPGRADE_FROM names. Where there is none it says why; a
 * name that leads nowhere is a fault, since somebody wanted to try it.
 */
export function olderVersion(): Older | { missing: string } {
  const wanted = process.env.MAILFERRY_UPGRADE_FROM;
  if (wanted) return commitOf(wanted);
  const top = git("rev-parse", "--show-toplevel");
  if (!top.ok) return { missing: `git knows no history here: ${top.err.split("\n")[0]}` };
  // Unpacked inside somebody else's repository: its tags are not ours.
  if (realpathSync(top.out) !== realpathSync(root)) return { missing: "this folder is not its own git repository" };
  // A tag on this very commit names this version, not the one before.
  const tags = git(
    ...["-c", "versionsort.suffix=-", "tag", "--list", "v[0-9]*", "--sort=-v:refname"],
    ...["--merged", "HEAD", "--no-contains", "HEAD"],
  );
  if (!tags.ok) return { missing: `git lists no tags: ${tags.err.split("\n")[0]}` };
  const [newest] = tags.out.split("\n").filter(Boolean);
  if (!newest) return { missing: "no version before this one is tagged (v*)" };
  return commitOf(newest);
}

function commitOf(name: string): Older {
  const found = git("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
  if (!found.ok) throw new Error(`git finds no commit “${name}”`);
  return { name, commit: found.out };
}

/** A file's text in that version; null where it had none. */
export function fileIn({ commit }: Older, path: string): string | null {
  const shown = spawnSync("git", ["show", `${commit}:${path}`], { cwd: root, encoding: "utf8" });
  return shown.status === 0 ? shown.stdout : null;
}

/** The names in a folder of that version. */
export const namesIn = ({ commit }: Older, path: string): string[] =>
  git("ls-tree", "--name-only", commit, `${path}/`)
    .out.split("\n")
    .map((name) => name.slice(path.length + 1))
    .filter(Boolean);

/** Whether that version asks for other packages than this one has. */
export const otherPackages = (older: Older): boolean =>
  fileIn(older, "package-lock.json") !== readFileSync(join(root, "package-lock.json"), "utf8");

/** Its source in a folder of its own, with this version's packages and a database client made from its own schema. */
export function unpack({ name, commit }: Older): string {
  const folder = mkdtempSync(join(tmpdir(), "mf-older-"));
  const file = join(folder, "source.tar");
  const archived = git("archive", "--format=tar", `--output=${file}`, commit);
  if (!archived.ok) throw new Error(`git can't archive ${name}: ${archived.err}`);
  const source = join(folder, "source");
  mkdirSync(source);
  run("tar", ["-xf", file, "-C", source], folder);
  linkPackages(source);
  run(process.execPath, ["node_modules/prisma/build/index.js", "generate"], source);
  return source;
}

/** One link per package and not one for the folder: an `npm ci` in there would empty what a single link leads to. */
function linkPackages(source: string): void {
  const from = join(root, "node_modules");
  mkdirSync(join(source, "node_modules"));
  for (const name of readdirSync(from)) {
    const link = join(source, "node_modules", name);
    if (name.startsWith(".") && name !== ".bin") continue;
    if (!existsSync(link)) symlinkSync(join(from, name), link);
  }
}

function run(program: string, words: string[], cwd: string): void {
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" };
  const done = spawnSync(program, words, { cwd, env, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${program} ${words[0]}: ${done.error?.message ?? done.stderr}`);
}
