// The trace in figures: an embedded Postgres with millions of mails, each kind of search through the functions of the pages,
// cold and warm. Ends with 1 when the 95th percentile of a kind is above the limit, warm.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "@/cli/postgres.mjs";
import { orTooLong } from "@/domain/message/in-time";
import { beginSession } from "@/domain/person/session";
import { mintScope } from "@/domain/scope-mint";
import { type Db, openDb } from "@/lib/db";
import { migrate } from "@/prisma/migrate";
import { costOfSearch } from "./intake";
import { type Came, type Ground, type Kind, kinds } from "./searches";
import { randomFrom } from "./words";
import { type BenchTenant, connect, loadMails, makeTenants } from "./world";

const options = {
  mails: { type: "string", default: "5000000" },
  tenants: { type: "string", default: "300" },
  /** searches of each kind, warm */
  times: { type: "string", default: "30" },
  /** how often the caches are emptied for the cold ones */
  cold: { type: "string", default: "3" },
  limit: { type: "string", default: "200" },
  folder: { type: "string" },
  keep: { type: "boolean", default: false },
} as const;

type Say = (line: string) => void;

export async function run(args: string[], say: Say): Promise<number> {
  const { values } = parseArgs({ args, options });
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), "mailferry-bench-"));
  const fresh = values.folder === undefined;
  const settings = { max_wal_size: "4GB" };
  let server = await startPostgres(folder, { sync: false, settings });
  try {
    const mails = Number(values.mails);
    // One instant for all: what is asked for must not depend on the day of the run.
    const now = new Date("2026-11-26T09:00:00Z");
    const addresses = await migrate({ ownerUrl: server.url, dataFolder: folder });
    const owner = await connect(server.url);
    const tenants = await worldOf(owner, { mails, tenants: Number(values.tenants) }, now, say);
    const ground = await groundOf(openDb(server.url, 3), openDb(addresses.webUrl, 1), owner, tenants, now);
    say(`Searching, each kind ${values.times} times …`);
    const warm = await measureAll(ground, Number(values.times));
    await ground.db.close();
    await owner.end();
    const cold = new Map<string, number[]>();
    for (let round = 0; round < Number(values.cold); round += 1) {
      await server.stop();
      dropCaches(folder);
      server = await startPostgres(folder, { sync: false, settings, port: server.port });
      const db = openDb(addresses.webUrl, 1);
      await measureOnce({ ...ground, ...scopesOf(db, tenants) }, round, cold);
      await db.close();
    }
    const slow = report(warm, cold, Number(values.limit), say);
    const again = await connect(server.url);
    if (fresh) await reportCost(again, tenants, say);
    await again.end();
    return slow > 0 ? 1 : 0;
  } finally {
    await server.stop();
    if (!values.keep && fresh) rmSync(folder, { recursive: true, force: true });
  }
}

type Client = Awaited<ReturnType<typeof connect>>;

/** A folder that was kept has its mails. */
async function worldOf(owner: Client, wish: { mails: number; tenants: number }, now: Date, say: Say) {
  const { rows } = await owner.query<BenchTenant>(
    "select id, slug, 'company' || substr(slug, 2) || '.example' as domain, 0 as mails from tenant order by substr(slug, 2)::int",
  );
  if (rows.length > 0) return rows;
  const began = Date.now();
  say(`Making ${wish.mails.toLocaleString("en")} mails of ${wish.tenants} tenants …`);
  const tenants = await makeTenants(owner, wish.tenants, wish.mails);
  await loadMails(owner, tenants, wish.mails, now, say);
  const size = await owner.query<{ name: string; size: string }>(
    `select relname as name, pg_size_pretty(pg_relation_size(oid)) as size from pg_class
     where relname in ('mail', 'recipient', 'mail_search') or relname like 'mail_search%' and relkind = 'i' order by 1`,
  );
  for (const row of size.rows) say(`  ${row.name}: ${row.size}`);
  say(`Made in ${Math.round((Date.now() - began) / 1000)} s.`);
  return tenants;
}

const scopesOf = (db: Db, tenants: BenchTenant[]) => {
  const of = (n: number) => mintScope(db, tenants[n]?.id ?? "", { kind: "command", name: "bench" });
  return { db, big: of(0), small: of(tenants.length - 1) };
};

async function groundOf(own: Db, web: Db, owner: Client, tenants: BenchTenant[], now: Date): Promise<Ground> {
  const { rows: people } = await owner.query<{ id: string }>(
    "insert into person (email, platform_role) values ($1, 'admin') returning id",
    [`${randomUUID()}@provider.example`],
  );
  const visitor = { address: "127.0.0.1", agent: "bench" };
  const token = await beginSession(own, people[0]?.id ?? "", visitor, new Date());
  await own.close();
  const big = tenants[0]?.id;
  const { rows: ids } = await owner.query<{ id: string }>(
    "select message_id as id from mail where tenant_id = $1 and kind = 'collected' and seq % 997 = 3 limit 500",
    [big],
  );
  const { rows: deep } = await owner.query<Ground["deep"]>(
    `select collected_at as "collectedAt", seq::float8 as seq from mail_search where tenant_id = $1
     order by collected_at desc offset (select count(*) / 2 from mail_search where tenant_id = $1) limit 1`,
    [big],
  );
  const bigDomain = tenants[0]?.domain ?? "";
  const found = { ids: ids.map(({ id }) => id), deep: deep[0] ?? { collectedAt: now, seq: 1 } };
  return { ...scopesOf(web, tenants), token, bigDomain, now, ...found };
}

interface Times {
  kind: Kind;
  ms: number[];
  /** the database's processor time per search; null where the system doesn't tell */
  cpu: number | null;
  found: number;
  /** how many ended before they had looked at all mail, and said so */
  soFar: number;
}

async function measureAll(ground: Ground, times: number): Promise<Times[]> {
  const results: Times[] = [];
  // The pool has one connection, so this is the process that searches.
  const { rows } = await ground.db.pool.query<{ pid: number }>("select pg_backend_pid() as pid");
  const pid = rows[0]?.pid ?? 0;
  for (const [n, kind] of kinds.entries()) {
    const random = randomFrom(1000 + n);
    const result: Times = { kind, ms: [], cpu: null, found: 0, soFar: 0 };
    // The first time is the cold one's affair.
    await orTooLong(kind.run(random, ground));
    const before = cpuOf(pid);
    for (let i = 0; i < times; i += 1) {
      const [ms, found] = await timed(() => kind.run(random, ground));
      result.ms.push(ms);
      result.found += found.rows;
      if (found.soFar) result.soFar += 1;
    }
    const after = cpuOf(pid);
    if (before !== null && after !== null) result.cpu = (after - before) / times;
    results.push(result);
  }
  return results;
}

async function measureOnce(ground: Ground, round: number, into: Map<string, number[]>): Promise<void> {
  await ground.db.pool.query("select 1");
  for (const [n, kind] of kinds.entries()) {
    const [ms] = await timed(() => kind.run(randomFrom(5000 + n + round * 100), ground));
    into.set(kind.name, [...(into.get(kind.name) ?? []), ms]);
  }
}

/** User and system time of a process in ms, in Linux' ticks of 10 ms. */
function cpuOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}

/** What the portal breaks off counts with the time until then, and as nothing found so far. */
async function timed(work: () => Promise<Came>): Promise<[number, Came]> {
  const began = process.hrtime.bigint();
  const found = (await orTooLong(work())) ?? { rows: 0, soFar: true };
  return [Number(process.hrtime.bigint() - began) / 1e6, found];
}

const at = (list: number[], share: number) =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.ceil(list.length * share) - 1)] ?? 0;

function report(warm: Times[], cold: Map<string, number[]>, limit: number, say: Say): number {
  const line = (name: string, figures: string[]) =>
    say(`${name.padEnd(66)} ${figures.map((one) => one.padStart(8)).join("")}`);
  line("milliseconds", ["median", "p95", "cpu", "cold", "worst", "rows", "so far"]);
  let slow = 0;
  for (const { kind, ms, cpu, found, soFar } of warm) {
    const p95 = at(ms, 0.95);
    if (p95 > limit) slow += 1;
    const first = cold.get(kind.name) ?? [];
    line(`${p95 > limit ? "! " : "  "}${kind.name}`, [
      at(ms, 0.5).toFixed(1),
      p95.toFixed(1),
      cpu === null ? "" : cpu.toFixed(1),
      first.length === 0 ? "" : at(first, 0.5).toFixed(0),
      first.length === 0 ? "" : at(first, 1).toFixed(0),
      (found / ms.length).toFixed(1),
      soFar > 0 ? `${Math.round((100 * soFar) / ms.length)} %` : "",
    ]);
  }
  say(
    `${slow === 0 ? "Every kind is" : `${slow} kinds are above, the rest`} within ${limit} ms (95th percentile, warm).`,
  );
  return slow;
}

async function reportCost(client: Client, tenants: BenchTenant[], say: Say): Promise<void> {
  const [tenant] = tenants;
  if (!tenant) return;
  const rate = await costOfSearch(client, tenant, 1000);
  say(
    `A mail's rows, from collected to settled: ${rate.without.toFixed(0)} mails/s without what is searched, ${rate.with.toFixed(0)} with it.`,
  );
}

/** Takes our own files out of the system's cache, and nobody else's; without dd only Postgres' own cache is empty. */
function dropCaches(folder: string): void {
  spawnSync("sync", ["-f", folder]);
  spawnSync("find", [
    join(folder, "pgdata"),
    "-type",
    "f",
    "-size",
    "+1M",
    "-exec",
    "dd",
    "if={}",
    "iflag=nocache",
    "count=0",
    "status=none",
    ";",
  ]);
}
