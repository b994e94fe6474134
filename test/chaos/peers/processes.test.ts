import { spawn, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { until } from "../../worker-process";
import { descendants, killTree } from "./processes";

test("a program ends together with what it started", async () => {
  const child = spawn("sh", ["-c", "sleep 600 & wait"], { stdio: "ignore" });
  const { pid } = child;
  if (!pid) throw new Error("it did not start");
  const gone = new Promise((done) => child.once("exit", (_code, signal) => done(signal)));
  await until("it has a child", () => descendants(pid).length === 1);
  const [grandchild = 0] = descendants(pid);
  killTree(pid);
  expect(await gone).toBe("SIGKILL");
  await until("its child has ended", () => !isAlive(grandchild));
});

/** One that nobody has reaped yet has ended too. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}
