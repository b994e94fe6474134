// The worker: reads its environment, checks the database, beats, runs the rooms, and stops in order. SIGTERM: no new claim,
// done within 60 s except pending dots, which are waited for up to 600 s; a second signal ends at once.
import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";
import pg from "pg";
import { installationId } from "@/domain/installation/prepare";
import { rest, systemClock } from "@/lib/clock";
import { connectionTo, type Db, keepsPrepared, openDb } from "@/lib/db";
import { type WorkerEnv, workerEnv } from "@/lib/env";
import { Refusal, wordsOf } from "@/lib/errors";
import { type Logger, makeLog } from "@/lib/log";
import { readPrivateKeys } from "@/lib/seal";
import { missingMigrations } from "@/prisma/migrate";
import { beat, beatEveryMs, leave, newWorkerId, type WorkerFacts } from "./beat";
import { thisMachine, workerName } from "./hello";
import { Bell, databaseAway, runRoom } from "./loop";
import type { WorkerContext } from "./room";
import { rooms } from "./rooms";
import { spaceRoom } from "./space";

const hurryAfterMs = 60_000;
const endAfterMs = 600_000;
const countEveryMs = 1000;
/** to the database: what the connections of one lane and the sessions of its tenant may all wait for at once must be less */
const mostConnections = 20;
/** as long as they come back soon (docs/decisions/0056); two for each processor keep both programs busy */
const fewConnections = Math.min(mostConnections, Math.max(4, 2 * availableParallelism()));
const version = process.env.npm_package_version ?? "0.1.0";
const log = makeLog("worker");

process.on("unhandledRejection", (error) => {
  log.fatal(
    { error: wordsOf(error), stack: error instanceof Error ? error.stack : undefined },
    "a fault nobody caught",
  );
  process.exit(1);
});

try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof Refusal) process.stderr.write(`${error.message}\n`);
  else log.fatal({ error: wordsOf(error), stack: error instanceof Error ? error.stack : undefined }, "the worker ends");
  process.exit(1);
}

async function main(): Promise<void> {
  const env = workerEnv();
  const stopping = new AbortController();
  const hurry = new AbortController();
  // Every room, session and connection listens to these two while it lasts: hundreds at once are right, thousands a leak.
  setMaxListeners(1000, stopping.signal, hurry.signal);
  listenForStop(stopping, hurry);
  const keys = await readPrivateKeys(env.privateKeyFile);
  const name = await workerName(env.name);
  const db = openDb(env.databaseUrl, mostConnections, env.databaseSilenceSeconds * 1000, fewConnections);
  const installation = await whenReady(db, env, stopping.signal);
  if (installation === null) return db.close();
  const context: WorkerContext = {
    db,
    workerId: newWorkerId(),
    name,
    installation,
    env,
    keys,
    log,
    clock: systemClock,
    stopping: stopping.signal,
    hurry: hurry.signal,
  };
  await run(context);
  await db.close();
}

async function run(context: WorkerContext): Promise<void> {
  const { db, env, workerId, name } = context;
  const bell = new Bell();
  const letters = env.smtpUrl !== "" && env.url !== "";
  const facts: WorkerFacts = { workerId, name, sites: env.sites, address: thisMachine.address(), version, letters };
  const ended = new AbortController();
  const heart = keepBeating(context, facts, ended.signal);
  const counting = keepCounting(context, ended.signal);
  const ears = listen(env, bell, ended.signal);
  log.info(
    { worker: workerId, worksAs: name, sites: env.sites, rooms: rooms.map((room) => room.name) },
    "the worker runs",
  );
  // A disk that is full is seen before the first mailbox is claimed; what fails here the room does again.
  await spaceRoom.step(context).catch(() => {});
  await Promise.all(rooms.map((room) => runRoom(room, context, bell)));
  ended.abort();
  await Promise.all([heart, ears, counting]);
  await leave(db, workerId).catch(() => {});
  log.info("the worker stopped");
}

/** One line and exit 1 for what only a person can mend; a database that is still starting is waited for. */
async function whenReady(db: Db, env: WorkerEnv, stopping: AbortSignal): Promise<string | null> {
  let told = false;
  while (!stopping.aborted) {
    try {
      const missing = await missingMigrations(db.pool);
      const installation = missing.length > 0 ? null : await installationId(db);
      if (installation !== null) {
        if (await keepsPrepared(env.databaseUrl)) db.prepare();
        else log.warn("the pooler before the database knows no prepared statements: each mail costs the database more");
        return installation;
      }
      const lacks = missing.length > 0 ? `the migrations ${missing.join(", ")}` : "this installation's id";
      throw new Refusal(
        `The database lacks ${lacks}. Run “npm run mailferry -- migrate”, then start the worker again.`,
      );
    } catch (error) {
      if (!databaseAway(error)) throw error;
      if (!told) log.warn({ error: wordsOf(error) }, "the database does not answer; waiting for it");
      told = true;
      await rest(1000, stopping);
    }
  }
  return null;
}

async function keepBeating(context: WorkerContext, facts: WorkerFacts, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await beat(context.db, facts, context.stopping.aborted).catch((error) => {
      if (!databaseAway(error)) log.error({ error: wordsOf(error) }, "the heartbeat could not be written");
    });
    await rest(beatEveryMs, ended);
  }
}

/**
 * Until the tables have their first thousands of rows: without statistics Postgres chooses the wrong index (migration 0252). What
 * fails here costs time alone and is tried again.
 */
async function keepCounting({ db }: WorkerContext, ended: AbortSignal): Promise<void> {
  for (let more = true; more && !ended.aborted; await rest(countEveryMs, ended))
    more = await db.pool
      .query<{ more: boolean }>("select worker_count_again() as more")
      .then(({ rows }) => rows[0]?.more ?? false)
      .catch(() => true);
}

/** NOTIFY is only a hint (behind PgBouncer it never comes), so a lost connection is opened again without a word. */
async function listen(env: WorkerEnv, bell: Bell, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const silent = env.databaseSilenceSeconds * 1000;
    const client = new pg.Client(connectionTo(env.databaseUrl, silent));
    const lost = new AbortController();
    client.on("error", () => lost.abort());
    client.on("end", () => lost.abort());
    client.on("notification", ({ payload }) => bell.ring(payload ?? ""));
    try {
      await client.connect();
      await client.query("listen mailferry");
      while (!ended.aborted && !lost.signal.aborted) {
        await rest(silent / 2, AbortSignal.any([ended, lost.signal]));
        await client.query("select 1");
      }
    } catch {
      // The rooms say that the database is away.
    }
    await client.end().catch(() => {});
    await rest(5000, ended);
  }
}

function listenForStop(stopping: AbortController, hurry: AbortController): void {
  let asked = 0;
  const stop = (why: string) => {
    asked += 1;
    if (asked > 1) process.exit(1);
    log.info({ why }, "stopping: what is under way goes to its end");
    stopping.abort();
    setTimeout(() => hurry.abort(), hurryAfterMs).unref();
    setTimeout(() => endNow(log), hurryAfterMs + endAfterMs).unref();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
  // The starter holds the other end: when it dies, even by kill -9, this worker stops too.
  if (process.env.MAILFERRY_STOP_WITH_STDIN === "1") {
    process.stdin.on("end", () => asked === 0 && stop("the starter is gone"));
    process.stdin.on("error", () => {});
    process.stdin.resume();
  }
}

function endNow(logger: Logger): void {
  logger.error("an answer never came; ending without it");
  process.exit(1);
}
