// A small world for the tests of delivering: a tenant with a server and mail that is ready, and a worker in this process.
import { randomUUID } from "node:crypto";
import { storeBody } from "@/domain/message/body";
import { type Sql, sqlOf } from "@/domain/scope";
import { rest } from "@/lib/clock";
import type { WorkerEnv } from "@/lib/env";
import { makeLog } from "@/lib/log";
import { Bell, runRoom } from "@/worker/loop";
import type { Room, WorkerContext } from "@/worker/room";
import type { TestDatabase } from "./database";

export interface Company {
  tenantId: string;
  exchangeId: string;
  sql: Sql;
  db: TestDatabase;
}

/** Columns of `exchange` by name, over a server on loopback without TLS that is tried again after a minute. */
export async function makeCompany(
  db: TestDatabase,
  port: number,
  exchange: Record<string, unknown> = {},
  site = "main",
): Promise<Company> {
  const sql = sqlOf(db.owner.pool);
  const slug = `c-${randomUUID().slice(0, 8)}`;
  const [tenant] = await sql.query<{ id: string }>(
    "insert into tenant (slug, name, site, time_zone) values ($1, $1, $2, 'Europe/Berlin') returning id",
    [slug, site],
  );
  const tenantId = tenant?.id ?? "";
  await sql.query("insert into ledger (tenant_id) values ($1)", [tenantId]);
  const row: Record<string, unknown> = {
    tenant_id: tenantId,
    id: randomUUID(),
    host: "127.0.0.1",
    port,
    timeout_seconds: 5,
    retry_minutes: 1,
    postmaster: "postmaster@contoso.example",
    ...exchange,
  };
  const names = Object.keys(row);
  const marks = names.map((_, n) => `$${n + 1}`);
  await sql.query(`insert into exchange (${names.join(", ")}) values (${marks.join(", ")})`, Object.values(row));
  await sql.query("insert into lane (tenant_id, exchange_id, site) values ($1, $2, $3)", [tenantId, row.id, site]);
  return { tenantId, exchangeId: String(row.id), sql, db };
}

export interface MailWish {
  to?: string[];
  sender?: string;
  subject?: string;
  body?: string;
  columns?: Record<string, unknown>;
}

/** A routed mail that is ready to be delivered, as the route room leaves it. */
export async function addMail(company: Company, wish: MailWish = {}): Promise<string> {
  const { sql, tenantId, exchangeId } = company;
  const subject = wish.subject ?? "Hello";
  const sender = wish.sender ?? "ann@outside.example";
  const bytes = Buffer.from(`From: <${sender}>\r\nSubject: ${subject}\r\n\r\n${wish.body ?? "Hello."}\r\n`);
  const id = randomUUID();
  const row: Record<string, unknown> = {
    tenant_id: tenantId,
    id,
    kind: "collected",
    exchange_id: exchangeId,
    body_id: await storeBody(sql, tenantId, bytes),
    sender,
    subject,
    size: bytes.length,
    state: "ready",
    next_attempt_at: new Date(Date.now() - 1000),
    ...wish.columns,
  };
  const names = Object.keys(row);
  await sql.query(
    `insert into mail (${names.join(", ")}) values (${names.map((_, n) => `$${n + 1}`).join(", ")})`,
    Object.values(row),
  );
  for (const address of wish.to ?? ["info@contoso.example"])
    await sql.query("insert into recipient (tenant_id, mail_id, address) values ($1, $2, $3)", [tenantId, id, address]);
  await wake(company);
  return id;
}

/** Every connection of the company has ended. */
export const allQuiet = ({ sql, tenantId }: Company) =>
  until(
    () => sql.query("select 1 from lane_slot where tenant_id = $1", [tenantId]),
    (slots) => slots.length === 0,
  );

export const wake = ({ sql, tenantId }: Company) =>
  sql.query("update lane set due_at = now() - interval '1 second' where tenant_id = $1", [tenantId]);

/** The retry interval is over: what waits is due, and a stopped lane may be probed. */
export async function timePasses(company: Company): Promise<void> {
  const { sql, tenantId } = company;
  const past = "now() - interval '1 second'";
  await sql.query(`update recipient set not_before = ${past} where tenant_id = $1 and not_before is not null`, [
    tenantId,
  ]);
  await sql.query(
    `update mail set next_attempt_at = ${past} where tenant_id = $1 and state in ('ready', 'uncertain')`,
    [tenantId],
  );
  await sql.query(
    `update lane set due_at = ${past}, next_try_at = case when state = 'open' then ${past} else next_try_at end,
       pace_next_at = case when pace_next_at is null then null else ${past} end
     where tenant_id = $1`,
    [tenantId],
  );
}

export interface MailView {
  place: string;
  state: string;
  reason_kind: string | null;
  reason: string | null;
  attempts: number;
  possible_copies: number;
  uncertain_count: number;
}

export async function mailOf({ sql, tenantId }: Company, id: string): Promise<MailView> {
  const [row] = await sql.query<MailView>("select * from mail where tenant_id = $1 and id = $2", [tenantId, id]);
  if (!row) throw new Error(`no mail ${id}`);
  return row;
}

export async function placesOf({ sql, tenantId }: Company, mailId: string): Promise<Record<string, string>> {
  const rows = await sql.query<{ address: string; place: string }>(
    "select address, place from recipient where tenant_id = $1 and mail_id = $2",
    [tenantId, mailId],
  );
  return Object.fromEntries(rows.map(({ address, place }) => [address, place]));
}

export interface LaneView {
  state: string;
  reason_kind: string | null;
  reason: string | null;
  cap: number | null;
  pace_per_minute: number | null;
  warning: string | null;
  certificate_change: { trusted: unknown; seen: { fingerprint: string } } | null;
  refusal_key: string | null;
}

export async function laneOf({ sql, tenantId }: Company): Promise<LaneView> {
  const [row] = await sql.query<LaneView>("select * from lane where tenant_id = $1", [tenantId]);
  if (!row) throw new Error("no lane");
  return row;
}

export const noticesOf = ({ sql, tenantId }: Company) =>
  sql.query<{ kind: string; mail_id: string; facts: Record<string, unknown> }>(
    "select kind, mail_id, facts from notice where tenant_id = $1 order by created_at",
    [tenantId],
  );

/** Waits for a condition, with the last error or value in the message when it never comes. */
export async function until<T>(what: () => Promise<T>, ok: (value: T) => boolean, ms = 15_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await what();
    if (ok(value)) return value;
    if (Date.now() > end) throw new Error(`it never came; last seen: ${JSON.stringify(value)}`);
    await rest(25);
  }
}

export const mailComes = (company: Company, id: string, wish: Partial<MailView>, ms?: number) =>
  until(
    () => mailOf(company, id),
    (mail) =>
      Object.entries(wish).every(([key, value]) => Object.entries(mail).some(([k, v]) => k === key && v === value)),
    ms,
  );

export interface TestWorker {
  context: WorkerContext;
  /** told to stop; done when what is under way has ended */
  stop(): Promise<void>;
  /** the time for what is under way is over */
  hurry(): void;
}

export function startWorker(db: TestDatabase, rooms: Room[], env: Partial<WorkerEnv> = {}): TestWorker {
  const stopping = new AbortController();
  const hurry = new AbortController();
  const workerId = randomUUID();
  const context: WorkerContext = {
    db: db.worker,
    workerId,
    name: "ferry.test.example",
    installation: "0123456789abcdef",
    env: {
      databaseUrl: db.urls.worker,
      dataFolder: "",
      privateKeyFile: "",
      name: "",
      sites: ["main"],
      smtpUrl: "",
      mailFrom: "",
      alertTo: [],
      allowNetworks: ["127.0.0.0/8"],
      denyNetworks: [],
      url: "",
      portalPort: 3000,
      deleteDelayMinutes: 0,
      digestSeconds: 900,
      uncertainSeconds: 600,
      leaseSeconds: 60,
      databaseSilenceSeconds: 120,
      databaseLimitGb: null,
      ...env,
    },
    keys: { keyIds: [], open: () => Promise.reject(new Error("no key in this test")) },
    log: makeLog("test"),
    clock: () => new Date(),
    stopping: stopping.signal,
    hurry: hurry.signal,
  };
  const loops = Promise.all(rooms.map((room) => runRoom(room, context, new Bell())));
  return {
    context,
    stop: async () => {
      stopping.abort();
      await loops;
    },
    hurry: () => hurry.abort(),
  };
}
