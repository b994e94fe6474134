// The worker as a program of its own: killed in the middle, told to stop, refusing a database that lacks a migration.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ensureInstallationId } from "@/domain/installation/prepare";
import { ensurePrivateKey } from "@/lib/seal";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, mailComes, makeCompany, until } from "@/test/delivering";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";

let db: TestDatabase;
let folder: string;
const servers: ExchangeServer[] = [];
/** A worker may take long to start on a loaded machine. */
const patience = 40_000;
vi.setConfig({ testTimeout: 180_000 });
const children: ChildProcess[] = [];

beforeAll(async () => {
  db = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), "mailferry-worker-"));
  await ensurePrivateKey(join(folder, "private.key"));
  await ensureInstallationId(db.owner);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended(child);
  }
  for (const server of servers.splice(0)) await server.stop();
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(async () => {
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode);
    else child.once("exit", (code) => done(code));
  });

interface Child extends ChildProcess {
  said: string[];
}

function startChild(env: Record<string, string> = {}): Child {
  const child = spawn(process.execPath, ["cli/worker.mjs"], {
    env: {
      NODE_ENV: "production",
      PATH: process.env.PATH,
      MAILFERRY_DATA: folder,
      MAILFERRY_WORKER_DATABASE_URL: db.urls.worker,
      MAILFERRY_ALLOW_NETWORKS: "127.0.0.0/8",
      MAILFERRY_NAME: "ferry.test.example",
      // Long, so that no slow machine ends one; where a test is about its end, it ends it.
      MAILFERRY_LEASE_SECONDS: "30",
      MAILFERRY_UNCERTAIN_SECONDS: "1",
      ...env,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  const said: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  return Object.assign(child, { said });
}

async function world(server: Partial<ExchangeOptions>, exchange: Record<string, unknown> = {}) {
  const ex = await startExchange(server);
  servers.push(ex);
  return { ex, company: await makeCompany(db, ex.port, exchange) };
}

/** As if the lease of whoever carries this company's mail had run out. */
const leasesEnd = ({ sql, tenantId }: Company) =>
  sql.query(
    `with s as (update lane_slot set lease_until = now() - interval '1 s' where tenant_id = $1)
     update mail set lease_until = now() - interval '1 s' where tenant_id = $1 and lease_until is not null`,
    [tenantId],
  );

const dotPending = ({ sql, tenantId }: Company) =>
  until(
    () => sql.query("select 1 from mail where tenant_id = $1 and dot_pending_at is not null", [tenantId]),
    (rows) => rows.length === 1,
    patience,
  );

/** Two workers; the one that carries the company's mail, and the other. */
async function pair({ sql, tenantId }: Company, env: Record<string, string> = {}) {
  const a = startChild({ ...env, MAILFERRY_NAME: "a.test.example" });
  const b = startChild({ ...env, MAILFERRY_NAME: "b.test.example" });
  const [attempt] = await until(
    () => sql.query<{ worker: string }>("select worker from attempt where tenant_id = $1", [tenantId]),
    (rows) => rows.length > 0,
    patience,
  );
  return attempt?.worker === "a.test.example" ? { holder: a, other: b } : { holder: b, other: a };
}

describe("kill -9", () => {
  it("before the dot: delivered once by the next worker, within the lease", async () => {
    let stuck = true;
    const { ex, company } = await world({}, { max_connections: 1 });
    // While it is stuck, DATA gets no answer: the worker dies between MAIL and the dot.
    ex.options.tarpitMs = 60_000;
    ex.options.replies = { data: () => (stuck ? "554 5.0.0 late" : null) };
    const id = await addMail(company);
    const { holder } = await pair(company, { MAILFERRY_LEASE_SECONDS: "2" });
    await until(async () => ex.commands.includes("DATA"), Boolean, patience);
    holder.kill("SIGKILL");
    await ended(holder);
    stuck = false;
    ex.options.tarpitMs = 0;
    await mailComes(company, id, { place: "delivered", possible_copies: 0 }, patience);
    expect(ex.mails).toHaveLength(1);
  });
  it("after the dot: waits, then at most one copy, marked", async () => {
    const { ex, company } = await world({ dotDelayMs: 60_000 });
    const id = await addMail(company);
    const { holder } = await pair(company);
    await dotPending(company);
    holder.kill("SIGKILL");
    await ended(holder);
    ex.options.dotDelayMs = 0;
    await leasesEnd(company);
    await mailComes(company, id, { place: "delivered", possible_copies: 1, uncertain_count: 1 }, patience);
  });
});

describe("kill -9 again and again", () => {
  it("all mail arrives, none is lost, copies only where the dot was pending and marked so", async () => {
    const { ex, company } = await world({ dotDelayMs: 15 });
    const mails = 60;
    for (let n = 0; n < mails; n += 1) await addMail(company, { subject: `m${n}` });
    for (const arrivals of [5, 30]) {
      const child = startChild();
      await ex.arrived(arrivals, patience);
      child.kill("SIGKILL");
      await ended(child);
      await leasesEnd(company);
    }
    startChild();
    const { sql, tenantId } = company;
    const late = () =>
      sql.query(
        `select subject, place, m.state, claims, uncertain_count, next_attempt_at, lease_until, now(), l.state as lane,
           l.reason, l.due_at from mail m join lane l using (tenant_id) where tenant_id = $1 and place <> 'delivered'`,
        [tenantId],
      );
    await until(late, (found) => found.length === 0, patience);
    const rows = await sql.query<{ subject: string; possible_copies: number }>(
      "select subject, possible_copies from mail where tenant_id = $1",
      [tenantId],
    );
    expect(rows).toHaveLength(mails);
    for (const { subject, possible_copies } of rows) {
      const got = ex.mails.filter((mail) => mail.subject === subject).length;
      expect(got).toBeGreaterThanOrEqual(1);
      expect(got).toBeLessThanOrEqual(1 + possible_copies);
    }
  });
});

describe("a worker frozen past its lease", () => {
  it("overwrites nothing, and its 250 is recorded all the same", async () => {
    const { ex, company } = await world({ dotDelayMs: 1000 });
    const id = await addMail(company);
    const { holder: frozen } = await pair(company, { MAILFERRY_UNCERTAIN_SECONDS: "600" });
    await dotPending(company);
    frozen.kill("SIGSTOP");
    await leasesEnd(company);
    await mailComes(company, id, { state: "uncertain" }, patience);
    frozen.kill("SIGCONT");
    await mailComes(company, id, { place: "delivered", state: "settled", possible_copies: 0 }, patience);
    expect(ex.mails).toHaveLength(1);
  });
});

describe("SIGTERM", () => {
  it("beats until told to stop; claims nothing new then, waits for the pending dot, makes no copy, and ends with 0", async () => {
    const { ex, company } = await world({ dotDelayMs: 1500 }, { max_connections: 1 });
    const first = await addMail(company);
    const second = await addMail(company);
    const child = startChild({ MAILFERRY_NAME: "beating.test.example" });
    await dotPending(company);
    const { rows } = await db.owner.pool.query<{ name: string; n: number }>(
      "select w.name, c.running_seconds as n from worker w, site_clock c where c.site = 'main' and not w.stopping",
    );
    expect(rows.find(({ name }) => name === "beating.test.example")?.n).toBeGreaterThanOrEqual(0);
    child.kill("SIGTERM");
    expect(await ended(child)).toBe(0);
    await mailComes(company, first, { place: "delivered", possible_copies: 0 }, patience);
    await mailComes(company, second, { place: "waiting", state: "ready", attempts: 0 });
    expect(ex.mails).toHaveLength(1);
    expect(await company.sql.query("select 1 from lane_slot where tenant_id = $1", [company.tenantId])).toEqual([]);
    expect(await company.sql.query("select 1 from worker where stopping")).toEqual([]);
  });
});

describe("at the start", () => {
  it("refuses a database that lacks a migration, in one line", async () => {
    const { rows } = await db.owner.pool.query<{ row: string }>(
      "delete from _prisma_migrations where migration_name = '0030_deliver' returning to_jsonb(_prisma_migrations)::text as row",
    );
    try {
      const child = startChild();
      expect(await ended(child)).toBe(1);
      expect(child.said.join("")).toMatch(/^The database lacks the migrations 0030_deliver\. Run .*migrate.*\n$/);
    } finally {
      await db.owner.pool.query(
        "insert into _prisma_migrations select * from jsonb_populate_record(null::_prisma_migrations, $1::jsonb)",
        [rows[0]?.row],
      );
    }
  });
});
