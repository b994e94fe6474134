// Every step that a worker repeats, each alone and once: how many rows of which tables it reads. A step that reads as many as there
// are tenants or mailboxes is what does not scale, however quick it is today.
import type pg from "pg";
import { raiseLanes, resolveLanes } from "@/domain/alert/lanes";
import { claimAlerts, forgetUntold, markNotConfigured } from "@/domain/alert/store";
import { claimLane, releaseSlot } from "@/domain/lane/claim";
import { recoverLanes, recoverOrphans, wakeForgotten } from "@/domain/lane/recover";
import { checkSums } from "@/domain/ledger/check";
import { claimProof } from "@/domain/ledger/proof";
import { type ClaimedMailbox, claimMailboxes, unclaim } from "@/domain/mailbox/claim";
import { endEmptyIncidents, noteFailure } from "@/domain/mailbox/incident";
import { claimMail } from "@/domain/message/claim";
import { pendingKinds } from "@/domain/notice/pending";
import { settleNotices } from "@/domain/notice/store";
import { claimProbe, endLostProbes } from "@/domain/probe/run";
import { databaseNow } from "@/domain/retention/clock";
import { claimTenants, forgetPlatformRows, tidiedAtOnce } from "@/domain/retention/platform";
import { tenantsToRoute } from "@/domain/routing/store";
import { databaseSize, recordReading } from "@/domain/space/store";
import { type Db, openDb } from "@/lib/db";
import { beat } from "@/worker/beat";
import { tidyTenant } from "@/worker/tidy";
import { between, type Reads, readTables, sumOf } from "./counters";

export interface StepReads {
  room: string;
  name: string;
  every: string;
  reads: [string, Reads][];
  rows: number;
  ms: number;
}

const worker = "00000000-0000-4000-8000-000000000001";
const sites = ["main"];

interface Step {
  room: string;
  name: string;
  /** how often a worker does it */
  every: string;
  /** what it returns undoes it; neither this nor what is before it counts */
  run(db: Db, mailbox: ClaimedMailbox | undefined): Promise<unknown>;
}

const claimant = { workerId: worker, sites, leaseSeconds: 60, uncertainSeconds: 600 };
const wish = { workerId: worker, sites, count: 20, perTenant: 5, leaseSeconds: 60 };

const steps: Step[] = [
  {
    ...{ room: "poll", name: "claim of 20 mailboxes", every: "0.2 to 1 s, each session's end" },
    run: async (db) => {
      const claimed = await claimMailboxes(db, wish);
      return () => Promise.all(claimed.map((one) => unclaim(db, one)));
    },
  },
  {
    ...{ room: "poll", name: "a mailbox failed at its host", every: "each failed poll" },
    run: async (db, mailbox) => mailbox && noteFailure(db, mailbox),
  },
  { room: "route", name: "tenants to route", every: "1 s", run: (db) => tenantsToRoute(db, sites) },
  {
    ...{ room: "deliver", name: "claim of a lane", every: "0.25 s, each connection" },
    run: async (db) => {
      const lane = await claimLane(db, claimant);
      return lane && "token" in lane ? () => releaseSlot(db, lane, 600) : undefined;
    },
  },
  {
    ...{ room: "deliver", name: "claim of a lane and of a mail", every: "each mail" },
    run: async (db) => {
      const lane = await claimLane(db, claimant);
      if (!lane || !("token" in lane)) return;
      await claimMail(db, lane, "bench");
      return () => releaseSlot(db, lane, 600);
    },
  },
  { room: "uncertain", name: "silent connections", every: "2 s", run: (db) => recoverLanes(db, sites, 600) },
  { room: "uncertain", name: "mail in nobody's hands", every: "30 s", run: (db) => recoverOrphans(db, sites, 600) },
  { room: "uncertain", name: "lanes that sleep", every: "30 s", run: (db) => wakeForgotten(db, sites) },
  { room: "notify", name: "what is to be told", every: "1 s", run: (db) => pendingKinds(db, sites) },
  { room: "alert", name: "lanes that are down", every: "5 s", run: (db) => raiseLanes(db, sites) },
  { room: "alert", name: "lanes that work again", every: "5 s", run: resolveLanes },
  { room: "alert", name: "what became of notices", every: "5 s", run: settleNotices },
  {
    ...{ room: "alert", name: "claim of alerts", every: "5 s" },
    run: async (db) => {
      await forgetUntold(db);
      await markNotConfigured(db);
      await claimAlerts(db);
    },
  },
  {
    room: "probe",
    name: "claim of a test",
    every: "0.25 s",
    run: (db) => claimProbe(db, { sites, worker: "bench", leaseSeconds: 60 }),
  },
  { room: "probe", name: "tests that nobody runs", every: "5 s", run: endLostProbes },
  {
    ...{ room: "space", name: "room of the database", every: "5 s" },
    run: async (db) => {
      await databaseSize(db, false);
      await recordReading(db, { kind: "limit", watcher: "bench", seen: "", news: null });
    },
  },
  {
    ...{ room: "beat", name: "heartbeat", every: "5 s" },
    run: (db) => beat(db, { workerId: worker, name: "bench", sites, address: "127.0.0.1", version: "0" }, false),
  },
  {
    ...{ room: "tidy", name: "one tenant, the largest", every: "10 min, each tenant" },
    run: async (db) => {
      const now = await databaseNow(db);
      const { rows } = await db.pool.query<{ id: string }>("select id from tenant where slug = 't1'");
      const policy = { tenantId: rows[0]?.id ?? "", deliveredHours: 72, badmailDays: 0, erase: false };
      await tidyTenant({ db, workerId: worker, name: "bench", stopping: new AbortController().signal }, policy, now);
    },
  },
  {
    ...{ room: "tidy", name: "claim of 100 tenants", every: "10 min, each 100 tenants" },
    run: async (db) => {
      const page = await claimTenants(db, sites, await databaseNow(db));
      return () =>
        db.pool.query("update tenant set tidy_due_at = now() where id = any ($1::uuid[])", [
          page.map(({ tenantId }) => tenantId),
        ]);
    },
  },
  {
    ...{ room: "tidy", name: "sums of 100 tenants", every: "10 min, each 100 tenants" },
    run: async (db) => {
      const { rows } = await db.pool.query<{ id: string }>("select id from tenant where site = any ($1) limit $2", [
        sites,
        tidiedAtOnce,
      ]);
      await checkSums(
        db,
        rows.map(({ id }) => id),
        await databaseNow(db),
      );
    },
  },
  {
    room: "tidy",
    name: "whose bytes are proved",
    every: "10 min, each tenant",
    run: async (db) => claimProof(db, sites, await databaseNow(db)),
  },
  { room: "tidy", name: "incidents that are over", every: "10 min", run: endEmptyIncidents },
  {
    room: "tidy",
    name: "rows of the platform",
    every: "10 min",
    run: async (db) => forgetPlatformRows(db, await databaseNow(db)),
  },
];

/** Each step twice, and the second is counted: what a first one makes (a plan, a page's hint bits) is not its own. */
export async function measureSteps(client: pg.Client, workerUrl: string): Promise<StepReads[]> {
  const db = openDb(workerUrl, 1);
  db.prepare();
  const results: StepReads[] = [];
  try {
    const [mailbox] = await claimMailboxes(db, { ...wish, count: 1 });
    for (const step of steps) {
      const undo = await step.run(db, mailbox);
      if (typeof undo === "function") await undo();
      results.push(await measured(client, db, step, mailbox));
    }
    if (mailbox) await unclaim(db, mailbox);
  } finally {
    await db.close();
  }
  return results;
}

async function measured(
  client: pg.Client,
  db: Db,
  step: Step,
  mailbox: ClaimedMailbox | undefined,
): Promise<StepReads> {
  await flush(db);
  const before = await readTables(client);
  const began = performance.now();
  const undo = await step.run(db, mailbox);
  const ms = performance.now() - began;
  await flush(db);
  const reads = between(before, await readTables(client));
  if (typeof undo === "function") await undo();
  return { room: step.room, name: step.name, every: step.every, reads, rows: sumOf(reads), ms };
}

/** A connection tells what it counted a second later at the earliest, unless it is asked to. */
const flush = (db: Db) => db.pool.query("select pg_stat_force_next_flush()");
