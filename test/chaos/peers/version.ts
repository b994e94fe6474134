// Which version of a program is installed, by its own words.
import { execFileSync } from "node:child_process";

/** null: it is not there */
export function versionOf(command: string, line: RegExp): string | null {
  try {
    const said = execFileSync(command, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return line.exec(said)?.[1] ?? null;
  } catch (error) {
    // fetchmail ends with 5 where there is no configuration, having said its version.
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    return line.exec(said)?.[1] ?? null;
  }
}
