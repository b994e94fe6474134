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
  const [number, birth = ""] = readFileSync(file, "utf8").trim().split(" ");
  const pid = Number(number);
  return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isStarter(pid, birth) ? pid : null;
}

/** Throws a Need when another starter runs there. What a dead one left is taken over. Returns what gives it back. */
export function takeFolder(folder) {
  const other = starterOf(folder);
  if (other !== null)
    throw new Need(
      `Mailferry runs on the data folder ${folder} already (process ${other}). Stop that one, or choose another folder with MAILFERRY_DATA. If that process is no Mailferry, delete ${fileIn(folder)}.`,
    );
  const file = fileIn(folder);
  const mine = `${process.pid} ${birthOf(process.pid)}`;
  writeFileSync(file, `${mine}\n`, { mode: 0o600 });
  return () => {
    if (existsSync(file) && readFileSync(file, "utf8").trim() === mine.trim()) rmSync(file, { force: true });
  };
}

/** This boot of the machine and when in it the process began (proc(5), field 22 of stat); empty where that can't be read. */
function birthOf(pid) {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "";
  }
}

/** After a restart of the machine the number may be any other program's: its birth decides, or what it runs. */
function isStarter(pid, birth) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === "ESRCH") return false;
  }
  if (birth !== "" && birthOf(pid) !== "") return birthOf(pid) === birth;
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
