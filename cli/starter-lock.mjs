// One starter for each data folder: a second one would stop the database that the first one's programs use.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Need } from "./ensure.mjs";

const fileIn = (folder) => join(folder, "starter.pid");

/** The process id of the starter that runs on this folder, or null. */
export function starterOf(folder) {
  const file = fileIn(folder);
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, "utf8"));
  return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isStarter(pid) ? pid : null;
}

/** Throws a Need when another starter runs there. What a dead one left is taken over. Returns what gives it back. */
export function takeFolder(folder) {
  const other = starterOf(folder);
  if (other !== null)
    throw new Need(
      `Mailferry runs on the data folder ${folder} already (process ${other}). Stop that one, or choose another folder with MAILFERRY_DATA.`,
    );
  const file = fileIn(folder);
  writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  return () => {
    if (existsSync(file) && Number(readFileSync(file, "utf8")) === process.pid) rmSync(file, { force: true });
  };
}

/** After a restart of the machine the number may be any other program's: what it runs decides, where that can be read. */
function isStarter(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  try {
    const words =
      process.platform === "linux"
        ? readFileSync(`/proc/${pid}/cmdline`, "utf8")
        : execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return /(start|demo)\.mjs/.test(words);
  } catch {
    return true;
  }
}
