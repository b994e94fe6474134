// The long soak: many companies, two workers, new mail all the time, and faults at random, several at once. In the end every
// mail is looked for, and the workers' memory in the last quarter is held against that in the first.
import { readFileSync } from "node:fs";
import { rest } from "@/lib/clock";
import type { ChaosProxy } from "../servers/chaos-proxy";
import type { ExchangeServer } from "../servers/exchange";
import type { WorkerProcess } from "../worker-process";
import { between } from "./random";
import type { Row } from "./row";
import type { World } from "./world";

const companies = 20;
const mailsPerSecond = 20;
const servers = 4;

interface Parts {
  exchanges: ExchangeServer[];
  proxies: ChaosProxy[];
  workers: WorkerProcess[];
  /** frozen or ending just now; the database while it is down */
  busy: Set<WorkerProcess | "database">;
}

/** As a row, so that it is run, counted and shown like one. */
export const soak = (minutes: number): Row => ({
  number: 0,
  name: `soak of ${minutes} minutes, ${companies} tenants, 2 workers, ${mailsPerSecond} mails/s`,
  shortSeconds: null,
  cluster: "own",
  async run(world) {
    const { parts, add } = await build(world);
    const ends = Date.now() + minutes * 60_000;
    const memory: { at: number; mb: number }[] = [];
    const began = Date.now();
    const mails = every(1000 / mailsPerSecond, add);
    const looks = every(2000, () =>
      memory.push(...parts.workers.slice(0, 1).flatMap((one) => residentOf(one, Date.now() - began))),
    );
    const flushes = every(10_000, () => world.timePasses().catch(() => {}));
    while (Date.now() < ends) {
      await rest(between(world.random, 300, 3000));
      // Several at once: the next fault does not wait until the last is over.
      void breakSomething(world, parts).catch((error) => world.notes.push(`a fault could not be made: ${error}`));
    }
    for (const timer of [mails, looks]) clearInterval(timer);
    await world.until("the last fault is over", () => parts.busy.size === 0);
    for (const server of parts.exchanges) Object.assign(server.options, { loseAnswers: 0, drop: null, replies: {} });
    for (const worker of parts.workers) worker.child.kill("SIGCONT");
    // A mail at which a connection was cut twice has a session of its own an hour later.
    await world.anHourPasses();
    world.hurried = true;
    await world.allWell(300_000).finally(() => clearInterval(flushes));
    flat(world, memory, minutes * 60_000);
  },
});

const every = (ms: number, work: () => unknown) => setInterval(work, ms);

async function build(world: World): Promise<{ parts: Parts; add: () => void }> {
  const users = Object.fromEntries(Array.from({ length: companies }, (_, n) => [`t${n}`, "secret"]));
  const source = await world.pop3({ users });
  const sourceProxy = await world.proxy(source.port);
  const exchanges = await Promise.all(Array.from({ length: servers }, () => world.exchange({ dotDelayMs: 20 })));
  const proxies = await Promise.all(exchanges.map(({ port }) => world.proxy(port)));
  for (const [n, slug] of Object.keys(users).entries())
    await world.company({
      slug,
      exchange: { port: proxies[n % servers]?.port ?? 0 },
      mailboxes: [{ port: sourceProxy.port, username: slug }],
    });
  const add = () => {
    const slug = `t${between(world.random, 0, companies - 1)}`;
    const [mail] = world.mails(1, `info@${slug}.example`, () => between(world.random, 200, 6000));
    if (mail) source.add(slug, mail.bytes);
  };
  const workers = [await world.worker(), await world.worker()];
  return { parts: { exchanges, proxies: [...proxies, sourceProxy], workers, busy: new Set() }, add };
}

async function breakSomething(world: World, parts: Parts): Promise<void> {
  const pick = <T>(list: T[]): T | undefined => list[between(world.random, 0, list.length - 1)];
  const kind = kinds[between(world.random, 0, kinds.length - 1)];
  const exchange = pick(parts.exchanges);
  switch (kind) {
    case "cut":
      world.broke("connections cut");
      return pick(parts.proxies)?.cutAll();
    case "lost":
      world.broke("answer to the dot lost");
      if (exchange) exchange.options.loseAnswers += 1;
      return;
    case "4xx":
      world.broke("4xx for a while");
      if (!exchange) return;
      exchange.options.replies = { mail: "451 4.7.0 Temporary server error. Please try again later." };
      await rest(1500);
      exchange.options.replies = {};
      return;
    case "backends": {
      const { rowCount } = await world.db.owner.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename like '%worker'",
      );
      return world.broke("pg_terminate_backend", rowCount ?? 0);
    }
    case "crash":
      if (parts.busy.has("database")) return;
      parts.busy.add("database");
      world.broke("pg_ctl stop -m immediate");
      await world.cluster.crash();
      await world.cluster.start();
      parts.busy.delete("database");
      return;
    case "freeze":
    case "kill":
    case "stop":
      return hitWorker(world, parts, kind);
  }
}

/** Each as often as it stands here. */
const kinds = "cut cut cut cut cut lost lost lost 4xx 4xx backends backends freeze kill kill stop stop crash".split(
  " ",
);

/** Frozen past its lease: either. Killed, or told to stop, only the second: the first one's memory is looked at. */
async function hitWorker(world: World, parts: Parts, kind: "freeze" | "kill" | "stop"): Promise<void> {
  const at = kind === "freeze" ? between(world.random, 0, 1) : 1;
  const worker = parts.workers[at];
  if (!worker || parts.busy.has(worker)) return;
  parts.busy.add(worker);
  if (kind === "freeze") {
    world.broke("worker frozen");
    worker.child.kill("SIGSTOP");
    await rest(7000);
    worker.child.kill("SIGCONT");
  } else {
    world.broke(kind === "kill" ? "kill -9" : "SIGTERM");
    parts.workers[at] = await world.worker();
    await (kind === "kill" ? worker.kill() : worker.stop());
  }
  parts.busy.delete(worker);
}

function residentOf(worker: WorkerProcess, at: number): { at: number; mb: number }[] {
  try {
    const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${worker.child.pid}/status`, "utf8"))?.[1];
    return kb ? [{ at, mb: Number(kb) / 1024 }] : [];
  } catch {
    return [];
  }
}

function flat(world: World, memory: { at: number; mb: number }[], whole: number): void {
  const mean = (part: { mb: number }[]) => part.reduce((sum, { mb }) => sum + mb, 0) / Math.max(1, part.length);
  const first = mean(memory.filter(({ at }) => at < whole / 4));
  const last = mean(memory.filter(({ at }) => at >= (whole * 3) / 4));
  world.notes.push(
    `memory of a worker: ${first.toFixed(0)} MB in the first quarter, ${last.toFixed(0)} MB in the last`,
  );
  if (last > first * 1.15) throw new Error(`memory rose from ${first.toFixed(0)} to ${last.toFixed(0)} MB`);
}
