// What laying the mails has left to write is not the contender's: it is on disk before the time runs.
import { spawn } from "node:child_process";

/** `sync` waits for everything on that disk, also for what other programs write there all the time. */
const longestMs = 60_000;

/** Null, or words for the report. */
export async function settleDisk(folder: string): Promise<string | null> {
  const child = spawn("sync", ["-f", folder], { stdio: "ignore" });
  const ended = new Promise<null>((done) => {
    child.once("error", () => done(null));
    child.once("exit", () => done(null));
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((done) => {
    timer = setTimeout(
      () => done("the disk was still busy with other programs' writing when the time began"),
      longestMs,
    );
  });
  const words = await Promise.race([ended, late]);
  clearTimeout(timer);
  return words;
}
