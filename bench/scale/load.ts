// The workers at work for a while: what they get done a second, and what each poll costs the database.
import type pg from "pg";
import { cpuSeconds, machineSeconds, memoryMb, ownSeconds } from "@/bench/ferry/cost";
import { rest } from "@/lib/clock";
import { type Place, startWorker, until, type WorkerProcess } from "@/test/worker-process";
import { between, type Reads, readStatements, readTables, type Statement, statementsBetween } from "./counters";
import type { Outside } from "./served";

export interface Load {
  seconds: number;
  polls: number;
  delivered: number;
  /** mailboxes that were claimed, and in how many steps */
  mailboxClaims: { rows: number; calls: number };
  mailClaims: { rows: number; calls: number };
  statements: Statement[];
  reads: [string, Reads][];
  /** seconds of the processors: the database's processes, the workers', this bench's own, everybody else's of all there were */
  cpu: { database: number; workers: number; bench: number; others: number; all: number };
  /** MB of a worker that serves nobody, and of the largest at the end */
  memory: { idle: number; busy: number };
  waiting: { mailboxes: number };
}

interface Stand {
  client: pg.Client;
  place: Place;
  postgres: number;
  outside: Outside;
}

const env = { MAILFERRY_LOG: "warn", MAILFERRY_LEASE_SECONDS: "", MAILFERRY_UNCERTAIN_SECONDS: "" };
const settleMs = 10_000;

export async function runLoad(stand: Stand, wish: { workers: number; seconds: number }): Promise<Load> {
  const idle = await idleMemory(stand.place);
  const workers = Array.from({ length: wish.workers }, () => startWorker(stand.place, env));
  try {
    await until("the first mailbox is looked at", () => stand.outside.counts().polls > 0, 120_000);
    await rest(settleMs);
    return { ...(await measure(stand, workers, wish.seconds)), memory: { idle, busy: largest(workers) } };
  } finally {
    await Promise.all(workers.map(end));
  }
}

const largest = (workers: WorkerProcess[]): number =>
  Math.max(...workers.map(({ child }) => (child.pid ? (memoryMb(child.pid)?.now ?? 0) : 0)));

/** What it has when it has started and found nothing. */
async function idleMemory(place: Place): Promise<number> {
  const worker = startWorker(place, { ...env, MAILFERRY_SITES: "nowhere" });
  try {
    await rest(settleMs);
    return largest([worker]);
  } finally {
    await end(worker);
  }
}

async function end(worker: WorkerProcess): Promise<void> {
  if ((await Promise.race([worker.stop(), rest(20_000).then(() => "late")])) === "late") await worker.kill();
  const said = worker.log().trim();
  if (said !== "") process.stderr.write(`A worker said: ${said.slice(0, 2000)}\n`);
}

async function measure({ client, postgres, outside }: Stand, workers: WorkerProcess[], seconds: number) {
  const pids = workers.flatMap(({ child }) => child.pid ?? []);
  const look = async () => ({
    at: performance.now(),
    outside: outside.counts(),
    statements: await readStatements(client),
    tables: await readTables(client),
    cpu: {
      ...{ database: cpuSeconds([postgres]), workers: cpuSeconds(pids), bench: itself() },
      ...{ own: ownSeconds(), machine: machineSeconds() },
    },
  });
  const before = await look();
  await rest(seconds * 1000);
  const after = await look();
  const statements = statementsBetween(before.statements, after.statements);
  const spent = (of: (one: typeof after.cpu) => number) => of(after.cpu) - of(before.cpu);
  return {
    seconds: (after.at - before.at) / 1000,
    polls: after.outside.polls - before.outside.polls,
    delivered: after.outside.mails - before.outside.mails,
    mailboxClaims: counted(statements, /update mailbox_state s\s+set lease_token = gen_random_uuid/),
    mailClaims: counted(statements, /worker_claim_mail/),
    statements,
    reads: between(before.tables, after.tables),
    cpu: {
      database: spent((one) => one.database),
      workers: spent((one) => one.workers),
      bench: spent((one) => one.bench),
      others: spent(({ machine, own }) => machine.busy - own),
      all: spent(({ machine }) => machine.all),
    },
    waiting: { mailboxes: await dueMailboxes(client) },
  };
}

/** Seconds of the processors that this process took, its servers among it. */
function itself(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function counted(statements: Statement[], which: RegExp): { rows: number; calls: number } {
  const found = statements.filter(({ query }) => which.test(query));
  const sum = (of: (one: Statement) => number) => found.reduce((all, one) => all + of(one), 0);
  return { rows: sum((one) => one.rows), calls: sum((one) => one.calls) };
}

async function dueMailboxes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    "select count(*)::int as n from mailbox_state where state = 'active' and due_at <= now()",
  );
  return rows[0]?.n ?? 0;
}
