// A network of the bench's own: loopback with the MTU of an Ethernet. On the ordinary loopback, with its 64 KB, a mail goes in few
// large segments, and what rivals wait for (acknowledgements that are delayed) they wait for more often than on any real line.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const mark = "MAILFERRY_BENCH_NETWORK";
const script = 'ip link set lo mtu 1500 && ip link set lo up && exec "$@"';

/** Null: this process is inside, or goes on where it is, as was said. Else the exit code of the one that ran inside. */
export async function inOwnNetwork(args: string[], say: (line: string) => void): Promise<number | null> {
  if (process.env[mark] === "1") return null;
  const why = missing();
  if (why) {
    say(`On this machine's own loopback (MTU ${mtu()}), which makes the rivals wait more than a network does: ${why}.`);
    return null;
  }
  say("In a network namespace of its own: loopback with an MTU of 1500.");
  const own = [process.execPath, "cli/bench.mjs", "ferry", ...args];
  const child = spawn("unshare", ["--net", "sh", "-c", script, "sh", ...own], {
    stdio: "inherit",
    env: { ...process.env, [mark]: "1" },
  });
  // It ends by itself then, in order.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  try {
    return await new Promise<number>((done, failed) => {
      child.once("error", failed);
      child.once("exit", (code) => done(code ?? 130));
    });
  } finally {
    process.off("SIGINT", pass).off("SIGTERM", pass);
  }
}

function missing(): string | null {
  if (process.getuid?.() !== 0) return "a namespace of its own needs root";
  const tried = spawnSync("unshare", ["--net", "sh", "-c", script, "sh", "true"], { encoding: "utf8" });
  if (tried.error) return "there is no unshare (apt-get install util-linux)";
  return tried.status === 0 ? null : `a namespace of its own can't be made: ${tried.stderr.trim()}`;
}

function mtu(): string {
  const file = "/sys/class/net/lo/mtu";
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "unknown";
}
