// Mailferry as it runs in earnest: Postgres with fsync, its workers, everything else as a new company has it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { startPostgres } from "@/cli/postgres.mjs";
import { status } from "@/domain/status/status";
import { rest } from "@/lib/clock";
import { makeTemplate, testDatabase } from "@/test/database";
import { type Place, preparePlace, startWorker, type WorkerProcess } from "@/test/worker-process";
import { waitInQueue } from "./backlog";
import { bringIn } from "./companies";
import type { Contender, Ends, Later, Ready, Running } from "./contender";
import { needBuild, openPortal, type Visit } from "./visit";

export const mailferry: Contender = {
  name: "mailferry",
  missing: () => null,
  unfit: ({ kind }) => (kind === "portal" ? needBuild() : null),
  version: () => "Mailferry of this folder",
  async prepare(ends, later) {
    const server = await startPostgres(join(ends.folder, "postgres"));
    later(() => server.stop());
    await makeTemplate(server.url);
    const db = await testDatabase(server.url);
    later(() => Promise.all([db.owner, db.web, db.worker].map((one) => one.close())));
    const place = await preparePlace(db);
    later(() => rmSync(place.folder, { recursive: true, force: true }));
    await bringIn(place, ends);
    const { standing, start } = await beginning(place, ends, later);
    return { standing: [server.pid, ...standing], start };
  },
};

/** What is done before the time runs, and what begins it. */
async function beginning(place: Place, ends: Ends, later: Later): Promise<Ready> {
  const { kind } = ends.scenario;
  switch (kind) {
    case "carry":
    case "idle":
      return { standing: [], start: async () => running(place, startWorkers(place, ends, later), ends, null) };
    case "backlog": {
      const workers = startWorkers(place, ends, later);
      const goOn = await waitInQueue(place.db, ends);
      return {
        standing: workers.flatMap(({ child }) => child.pid ?? []),
        start: async () => {
          ends.layLater();
          await goOn();
          return running(place, workers, ends, null);
        },
      };
    }
    case "portal": {
      const visit = await openPortal(place, ends, later);
      return {
        standing: [],
        start: async () => {
          visit.begin();
          return running(place, startWorkers(place, ends, later), ends, visit);
        },
      };
    }
  }
}

/** Leases and waits of production; profiles are written by Node itself when a worker ends in order. */
function startWorkers(place: Place, { profile, scenario }: Ends, later: Later): WorkerProcess[] {
  const within = profile
    ? ["sh", "-c", 'node=$1; shift; exec "$node" --cpu-prof "--cpu-prof-dir=$0" "$@"', profile]
    : [];
  const env = { MAILFERRY_LOG: "warn", MAILFERRY_LEASE_SECONDS: "", MAILFERRY_UNCERTAIN_SECONDS: "" };
  return Array.from({ length: scenario.workers }, () => {
    const worker = startWorker(place, env, { within });
    later(async () => {
      if ((await Promise.race([worker.stop(), rest(10_000).then(() => "late")])) === "late") await worker.kill();
    });
    return worker;
  });
}

function running(place: Place, workers: WorkerProcess[], ends: Ends, visit: Visit | null): Running {
  const { pool } = place.db.owner;
  const sums = async () => {
    const { tenants } = await status(place.db.owner);
    const sum = (of: (one: (typeof tenants)[number]) => number) => tenants.reduce((all, one) => all + of(one), 0);
    return { collected: sum((t) => t.collected), delivered: sum((t) => t.delivered), waiting: sum((t) => t.waiting) };
  };
  const asked = async (sql: string) => (await pool.query<{ n: number }>(sql)).rows[0]?.n ?? 0;
  return {
    pids: () => workers.flatMap(({ child }) => child.pid ?? []),
    settled: async () => {
      if (ends.expected === 0)
        return (await asked("select count(*)::int as n from mailbox_state where last_poll_at is null")) === 0;
      if (!ends.sourceEmpty()) return false;
      const { delivered, waiting } = await sums();
      // What a silent server is owed waits on, and is nobody else's matter.
      return delivered === ends.expected && (waiting === 0 || ends.scenario.silent);
    },
    ended: async () => visit?.end(),
    marked: () =>
      asked("select coalesce(sum(possible_copies), 0)::int as n from mail where tenant_id in (select id from tenant)"),
    notes: () => {
      // A silent server is what its worker complains of there.
      const said = ends.scenario.silent ? "" : wordsOf(workers);
      return said === "" ? [] : [`the worker said: ${said.slice(0, 500)}`];
    },
    state: async () => `${JSON.stringify(await sums())}; the worker said last: ${wordsOf(workers).slice(-500)}`,
    ...(ends.scenario.kind === "idle" ? { round: () => asked(roundSql) } : {}),
    ...(visit ? { pages: () => visit.pages() } : {}),
  };
}

/** `worked_at` is when a session that went well began. */
const roundSql =
  "select extract(epoch from max(last_poll_at) - min(coalesce(worked_at, last_poll_at)))::float8 as n from mailbox_state";

const wordsOf = (workers: WorkerProcess[]): string =>
  workers
    .map((worker) => worker.log().trim())
    .join("\n")
    .trim();
