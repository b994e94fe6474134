// How far it scales: a world of many tenants on one embedded Postgres, real workers, and what each step of theirs reads. With --claims
// only the claim of a mail among so many settled ones: ends with 1 where it does not go by an index.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { needProc } from "@/bench/ferry/cost";
import { connect } from "@/bench/trace/world";
import { startPostgres } from "@/cli/postgres.mjs";
import { mailboxDefaults } from "@/domain/mailbox/schema";
import { ensurePrivateKey } from "@/lib/seal";
import { makeTemplate, type TestDatabase, testDatabase } from "@/test/database";
import { preparePlace } from "@/test/worker-process";
import { checkClaims, makeClaimsWorld } from "./claims";
import { addHistory, addReady } from "./history";
import { runLoad } from "./load";
import { machineLine, reportLoad, reportSteps } from "./report";
import { type Outside, serveOutside } from "./served";
import { measureSteps } from "./steps";
import { makeWorld, spreadPolls } from "./world";

const options = {
  tenants: { type: "string", default: "10000" },
  /** of each tenant */
  mailboxes: { type: "string", default: "10" },
  /** so long workers run; 0: not at all, and no password has to be sealed */
  seconds: { type: "string", default: "60" },
  workers: { type: "string", default: "1" },
  /** settled mails of the last 90 days */
  mails: { type: "string", default: "200000" },
  /** only the claim of a mail, among so many settled ones */
  claims: { type: "string" },
  /** beside them, mails of one lane that wait for their next attempt in front of those that are due */
  deferred: { type: "string", default: "0" },
} as const;

type Say = (line: string) => void;
type Client = Awaited<ReturnType<typeof connect>>;

interface Wish {
  tenants: number;
  mailboxes: number;
  seconds: number;
  workers: number;
  mails: number;
}

/** Postgres as it runs in earnest, and counting its statements. */
const settings = {
  shared_preload_libraries: "pg_stat_statements",
  "pg_stat_statements.max": "10000",
  max_wal_size: "4GB",
};

export async function run(args: string[], say: Say): Promise<number> {
  const { values } = parseArgs({ args, options });
  needProc();
  const folder = mkdtempSync(join(tmpdir(), "mailferry-scale-"));
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const server = await startPostgres(folder, { settings });
    closers.push(() => server.stop());
    await makeTemplate(server.url);
    const db = await testDatabase(server.url);
    closers.push(() => Promise.all([db.owner, db.web, db.worker].map((one) => one.close())));
    const client = await connect(db.urls.owner);
    closers.push(() => client.end());
    await client.query("create extension pg_stat_statements");
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    say(machineLine(rows[0]?.server_version ?? ""));
    if (values.claims !== undefined)
      return await claimsAmong(db, client, { mails: Number(values.claims), deferred: Number(values.deferred) }, say);
    const { tenants, mailboxes, seconds, workers, mails } = values;
    const wish = { tenants: +tenants, mailboxes: +mailboxes, seconds: +seconds, workers: +workers, mails: +mails };
    const outside = await serveOutside(wish.tenants * wish.mailboxes);
    closers.push(() => outside.close());
    return await scale({ db, client, postgres: server.pid, outside }, wish, say);
  } finally {
    for (const close of closers.reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Stand {
  db: TestDatabase;
  client: Client;
  postgres: number;
  outside: Outside;
}

async function scale({ db, client, postgres, outside }: Stand, wish: Wish, say: Say): Promise<number> {
  const place = await preparePlace(db);
  try {
    const began = Date.now();
    say(`Making ${wish.tenants.toLocaleString("en")} tenants of ${wish.mailboxes} mailboxes …`);
    await makeWorld(client, wish.seconds > 0 ? await ensurePrivateKey(place.keyFile) : null, { ...wish, ...outside });
    await addHistory(client, wish.mails, 0.1, say);
    // That took longer than an interval.
    await spreadPolls(client);
    say(`Made in ${Math.round((Date.now() - began) / 1000)} s, with ${wish.mails.toLocaleString("en")} settled mails.`);
    say("\nNothing waits:");
    reportSteps(await measureSteps(client, db.urls.worker), wish.tenants, say);
    say("");
    const all = wish.tenants * wish.mailboxes;
    if (wish.seconds > 0) {
      const load = await runLoad({ client, place, postgres, outside }, wish);
      const world = { mailboxes: all, wanted: all / mailboxDefaults.pollSeconds, workers: wish.workers };
      reportLoad(load, world, say);
    }
    say("\nAll mailboxes are due and every tenant has a mail that waits:");
    await allDue(client, wish.tenants);
    reportSteps(await measureSteps(client, db.urls.worker), wish.tenants, say);
    return 0;
  } finally {
    rmSync(place.folder, { recursive: true, force: true });
  }
}

/** As after an hour in which no worker ran. */
async function allDue(client: Client, tenants: number): Promise<void> {
  await client.query(
    "update mailbox_state set due_at = now() - random() * interval '1 hour', lease_token = null, lease_until = null",
  );
  await client.query("update ledger_proof set due_at = now() - random() * interval '9 minutes'");
  await addReady(client, tenants, 1);
  await client.query("vacuum (analyze)");
}

async function claimsAmong(
  db: TestDatabase,
  client: Client,
  { mails, deferred }: { mails: number; deferred: number },
  say: Say,
): Promise<number> {
  const began = Date.now();
  await makeClaimsWorld(client, { tenants: 300, mails, deferred }, say);
  say(
    `${mails.toLocaleString("en")} settled mails of 300 tenants, made in ${Math.round((Date.now() - began) / 1000)} s. One lane has 20,000 mails that wait, nine have 200.`,
  );
  const faults = await checkClaims(db, say);
  return faults.length > 0 ? 1 : 0;
}
