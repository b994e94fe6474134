// Rows of the database: stopped the hard way, lost backends, failover, no room.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rest } from "@/lib/clock";
import type { Pop3Server } from "../../servers/pop3";
import { type Cluster, startCluster } from "../cluster";
import { between } from "../random";
import type { Row } from "../row";
import type { World } from "../world";

import { flow, noCopies } from "./common";

/** Whether a small file system can be made here: it needs root, and a kernel that lets it mount. */
function noMount(): string | null {
  if (process.getuid?.() !== 0) return "a file system of its own needs root";
  const folder = mkdtempSync(join(tmpdir(), "mf-mount-"));
  const made = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  if (made.status === 0) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
  return made.status === 0 ? null : "this machine lets nobody mount";
}

export const databaseRows: Row[] = [
  {
    number: 9,
    name: "database stopped the hard way under load",
    shortSeconds: 40,
    cluster: "own",
    async run(world) {
      await flow(world, world.short ? 80 : 800, { dotDelayMs: 20 });
      await world.worker();
      await world.worker();
      for (let n = 0; n < (world.short ? 2 : 10); n += 1) {
        await rest(between(world.random, 700, 2500));
        await world.cluster.crash();
        world.broke("pg_ctl stop -m immediate");
        await rest(between(world.random, 200, 2000));
        await world.cluster.start();
      }
      await world.allWell();
    },
  },
  {
    number: 10,
    name: "backends terminated, database behind a network that breaks",
    shortSeconds: 60,
    cluster: "own",
    async run(world) {
      const { source } = await flow(world, world.short ? 60 : 600, { dotDelayMs: 20 });
      const worker = await world.runningWorker();
      for (let n = 0; n < (world.short ? 4 : 25); n += 1) {
        await rest(between(world.random, 200, 900));
        const { rows } = await world.db.owner.pool.query<{ n: number }>(
          `select count(pg_terminate_backend(pid))::int as n from pg_stat_activity
           where usename like '%worker' and pid <> pg_backend_pid()`,
        );
        world.broke("pg_terminate_backend", rows[0]?.n ?? 0);
      }
      await world.allWell();
      await worker.stop();
      await networkBreaks(world, source);
    },
  },
  {
    number: 11,
    name: "failover that loses commits",
    shortSeconds: 40,
    cluster: "own",
    async run(world) {
      // What was collected lately is still at its source, since it stays there for a while after its commit.
      const delay = { MAILFERRY_DELETE_DELAY_MINUTES: "5" };
      const { source } = await flow(world, 20);
      await world.pauseDelivery(true);
      const first = await world.worker(delay);
      const collected = async () => (await world.sums()).reduce((sum, t) => sum + t.collected, 0);
      await world.until("the first are collected", async () => (await collected()) === 20);
      await first.stop();
      const standby = await copyCluster(world);
      for (const { bytes } of world.mails(world.short ? 20 : 200)) source.add("info", bytes);
      const second = await world.worker(delay);
      await world.timePasses();
      await world.until("more are collected", async () => (await collected()) === world.samples.length);
      await second.kill();
      await world.cluster.crash();
      await standby.promote();
      world.broke("a standby that lacked the last commits");
      if ((await collected()) !== 20) throw new Error("the standby had all commits: nothing was broken");
      await world.pauseDelivery(false);
      await world.worker(delay);
      await world.allWell(undefined, false);
      await noCopies(world);
    },
  },
  {
    number: 12,
    name: "disk of the database full",
    shortSeconds: 90,
    demanding: true,
    missing: noMount,
    async run(world) {
      const folder = mkdtempSync(join(tmpdir(), "mailferry-small-"));
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=320m,mode=0777", "tmpfs", folder]);
      world.closeLater(async () => {
        execFileSync("umount", ["-l", folder]);
        rmSync(folder, { recursive: true, force: true });
      });
      const cluster = await startCluster({ max_wal_size: "64MB", min_wal_size: "32MB" }, join(folder, "data"));
      world.closeLater(() => cluster.close());
      await world.moveTo(cluster.url);
      const { source } = await flow(world, 60);
      await world.pauseDelivery(true);
      // It does not see the disk, so it goes on until there is no room at all.
      const blind = await world.worker();
      const collected = async () => (await world.sums()).reduce((sum, t) => sum + t.collected, 0);
      await world.until("the first are collected", async () => (await collected()) === 60);
      fill(folder, 600_000);
      world.broke("no room");
      for (const { bytes } of world.mails(200, undefined, () => 40_000)) source.add("info", bytes);
      await world.timePasses().catch(() => {});
      await rest(20_000);
      const deleted = source.deleted.length;
      const safe = await collected().catch(() => null);
      if (safe !== null && deleted > safe) throw new Error(`${deleted} deleted at the source, ${safe} collected`);
      rmSync(join(folder, "filler"));
      if (!(await answers(cluster.url))) {
        // A server that could not write its log stops itself: whoever runs it starts it again.
        await cluster.start();
        world.notes.push("Postgres stopped itself and was started again");
      }
      await blind.stop();
      await pausesBefore(world, cluster, source, () => fill(folder, 36e6));
      rmSync(join(folder, "filler"));
      await world.allWell();
      await noCopies(world);
    },
  },
];

/** The same with a network that breaks between worker and database: with a reset, and without a word. */
async function networkBreaks(world: World, source: Pop3Server) {
  const silentSeconds = world.short ? 4 : 20;
  const address = new URL(world.db.urls.worker);
  // What the lost connections have locked is free again as soon.
  const { rows } = await world.db.owner.pool.query<{ sql: string }>(
    "select format('alter role %I set idle_in_transaction_session_timeout = %L', $1::text, $2::text) as sql",
    [address.username, `${silentSeconds}s`],
  );
  await world.db.owner.pool.query(rows[0]?.sql ?? "");
  const proxy = await world.proxy(Number(address.port));
  address.port = String(proxy.port);
  const worker = await world.runningWorker({
    MAILFERRY_WORKER_DATABASE_URL: address.href,
    MAILFERRY_DATABASE_SILENCE_SECONDS: String(silentSeconds),
  });
  for (const { bytes } of world.mails(world.short ? 60 : 300)) source.add("info", bytes);
  for (let n = 0; n < (world.short ? 4 : 20); n += 1) {
    await rest(between(world.random, 200, 1500));
    world.broke("database connections cut", proxy.count.open);
    proxy.cutAll();
  }
  for (let n = 0; n < (world.short ? 1 : 5); n += 1) {
    await world.until("statements are under way", () => proxy.count.open > 0);
    world.broke("database connections swallowed", proxy.count.open);
    proxy.swallowAll();
    for (const { bytes } of world.mails(world.short ? 10 : 40)) source.add("info", bytes);
    await rest(between(world.random, 1000, silentSeconds * 1500));
  }
  await world.allWell();
  if (worker.child.exitCode !== null) throw new Error("the worker ended");
}

/** All the room that is left on this file system, but for so much. */
function fill(folder: string, but: number): void {
  const left = Number(spawnSync("df", ["--output=avail", "-B1", folder], { encoding: "utf8" }).stdout.split("\n")[1]);
  writeFileSync(join(folder, "filler"), Buffer.alloc(Math.max(0, left - but)));
}

/** With a worker that sees the disk nobody collects any more before it is full, and what was collected is delivered. */
async function pausesBefore(world: World, cluster: Cluster, source: Pop3Server, fillNearly: () => void) {
  const { keyFile } = await world.prepared();
  fillNearly();
  world.broke("little room");
  await world.worker({ MAILFERRY_DATA: cluster.folder, MAILFERRY_PRIVATE_KEY_FILE: keyFile });
  const asked = async (sql: string) => (await world.db.owner.pool.query<{ n: number }>(sql)).rows[0]?.n ?? 0;
  const paused = () => asked("select count(*)::int as n from alert where kind = 'space' and resolved_at is null");
  await world.until("collecting pauses, and is told", async () => (await paused()) === 1);
  await world.worker();
  const sum = async () => (await world.sums())[0] ?? { collected: 0, waiting: 0 };
  const { collected } = await sum();
  for (const { bytes } of world.mails(200, undefined, () => 40_000)) source.add("info", bytes);
  await world.timePasses();
  await world.pauseDelivery(false);
  await world.until("what was collected is delivered", async () => (await sum()).waiting === 0);
  await rest(15_000);
  const more = (await sum()).collected - collected;
  if (more > 0) throw new Error(`${more} mails were collected in spite of the pause`);
  if ((await paused()) !== 1) throw new Error("the pause ended although there was no more room");
}

const answers = async (url: string): Promise<boolean> => {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
};

/** The cluster as it is now, on a folder of its own: what a standby has that gets nothing more from here on. */
async function copyCluster(world: World): Promise<{ promote(): Promise<void> }> {
  const { folder } = world.cluster;
  const kept = mkdtempSync(join(tmpdir(), "mailferry-standby-"));
  world.closeLater(async () => rmSync(kept, { recursive: true, force: true }));
  // A clean stop and a copy: an asynchronous standby that received everything up to here, and nothing later.
  await world.cluster.stop();
  cpSync(join(folder, "pgdata"), join(kept, "pgdata"), { recursive: true });
  await world.cluster.start();
  return {
    promote: async () => {
      rmSync(join(folder, "pgdata"), { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      cpSync(join(kept, "pgdata"), join(folder, "pgdata"), { recursive: true });
      rmSync(join(folder, "pgdata", "postmaster.pid"), { force: true });
      await world.cluster.start();
    },
  };
}
