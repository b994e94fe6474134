// A small world for the tests of collecting: a tenant, its Exchange server and lane, a mailbox, a worker's scope.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pino } from "pino";
import { claimMailboxes, unclaim } from "@/domain/mailbox/claim";
import { sqlTransaction } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { putSecret } from "@/domain/secret/store";
import type { WorkerEnv } from "@/lib/env";
import { ensurePrivateKey, readPrivateKeys } from "@/lib/seal";
import { pollMailbox } from "@/worker/poll";
import type { WorkerContext } from "@/worker/room";
import type { TestDatabase } from "./database";

export interface World {
  tenantId: string;
  exchangeId: string;
  slug: string;
}

export async function makeTenant(db: TestDatabase, slug = `t-${randomUUID().slice(0, 8)}`, exchange = true) {
  const pool = db.owner.pool;
  const { rows } = await pool.query<{ id: string }>(
    "insert into tenant (slug, name, time_zone) values ($1, $1, 'Europe/Berlin') returning id",
    [slug],
  );
  const tenantId = rows[0]?.id ?? "";
  await pool.query("insert into ledger (tenant_id) values ($1)", [tenantId]);
  const exchangeId = randomUUID();
  if (exchange) {
    await pool.query(
      "insert into exchange (tenant_id, id, host, postmaster) values ($1, $2, '127.0.0.1', 'postmaster@contoso.example')",
      [tenantId, exchangeId],
    );
    await pool.query("insert into lane (tenant_id, exchange_id) values ($1, $2)", [tenantId, exchangeId]);
  }
  return { tenantId, exchangeId, slug } satisfies World;
}

/** Columns by name, over defaults that collect by POP3 in clear for one address. Returns the mailbox's id. */
export async function makeMailbox(
  db: TestDatabase,
  tenantId: string,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const id = randomUUID();
  const row: Record<string, unknown> = {
    tenant_id: tenantId,
    id,
    name: `box-${id.slice(0, 8)}`,
    protocol: "pop3",
    host: "127.0.0.1",
    port: 1,
    tls: "off",
    username: `user-${id.slice(0, 8)}`,
    timeout_seconds: 5,
    recipient_mode: "single",
    recipient_address: "info@contoso.example",
    ...columns,
  };
  const names = Object.keys(row);
  await db.owner.pool.query(
    `insert into mailbox (${names.join(", ")}) values (${names.map((_, n) => `$${n + 1}`).join(", ")})`,
    Object.values(row),
  );
  await db.owner.pool.query(
    "insert into mailbox_state (tenant_id, mailbox_id, due_at) values ($1, $2, now() - interval '1 second')",
    [tenantId, id],
  );
  return id;
}

export const workerScope = (db: TestDatabase, tenantId: string) =>
  mintScope(db.worker, tenantId, { kind: "worker", workerId: randomUUID(), name: "test-worker" });
export const personScope = (db: TestDatabase, tenantId: string) =>
  mintScope(db.web, tenantId, { kind: "person", personId: randomUUID(), name: "Person" });

/** A worker's context with a key of its own; secrets sealed by `givePassword` open with it. Loopback is allowed. */
export async function makeWorker(db: TestDatabase, env: Partial<WorkerEnv> = {}): Promise<WorkerContext> {
  const file = join(mkdtempSync(join(tmpdir(), "mailferry-key-")), "private.key");
  const key = await ensurePrivateKey(file);
  await db.owner.pool.query(
    "insert into site_key (key_id, site, public_key) values ($1, 'main', $2) on conflict do nothing",
    [key.keyId, Buffer.from(key.publicKey)],
  );
  const keys = await readPrivateKeys(file);
  rmSync(dirname(file), { recursive: true });
  return {
    db: db.worker,
    workerId: randomUUID(),
    name: "ferry.provider.example",
    installation: "inst-1",
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
    keys,
    log: pino({ level: process.env.MAILFERRY_TEST_LOG ?? "silent" }),
    clock: () => new Date(),
    stopping: new AbortController().signal,
    hurry: new AbortController().signal,
  };
}

export const givePassword = (db: TestDatabase, tenantId: string, mailboxId: string, password: string) =>
  sqlTransaction(
    db.owner.pool,
    (sql) =>
      putSecret(sql, mintScope(db.owner, tenantId, { kind: "command", name: "test" }), mailboxId, "password", password),
    tenantId,
  );

/** Makes the mailbox due, claims it and runs one session, as the poll room does. */
export async function pollOnce(db: TestDatabase, context: WorkerContext, mailboxId: string): Promise<void> {
  await db.owner.pool.query(
    "update mailbox_state set due_at = now() - interval '1 second' where mailbox_id = $1 and state = 'active'",
    [mailboxId],
  );
  const claimed = await claimMailboxes(context.db, {
    workerId: context.workerId,
    sites: ["main"],
    count: 100,
    perTenant: 100,
    leaseSeconds: context.env.leaseSeconds,
  });
  for (const one of claimed) {
    if (one.mailboxId === mailboxId) await pollMailbox(context, one);
    else await unclaim(context.db, one);
  }
}

export const stateOf = async (db: TestDatabase, mailboxId: string) =>
  (await db.owner.pool.query("select *, due_at - now() as wait from mailbox_state where mailbox_id = $1", [mailboxId]))
    .rows[0];

/** The sum of design §2: collected = all places, for collected mail whose rows are still here. */
export async function sumHolds(db: TestDatabase, tenantId: string): Promise<boolean> {
  const { rows } = await db.owner.pool.query<{ collected: number; rows: number }>(
    `select l.collected, (select count(*)::int from mail m where m.tenant_id = l.tenant_id and m.kind = 'collected') as rows
     from ledger l where l.tenant_id = $1`,
    [tenantId],
  );
  return rows[0]?.collected === rows[0]?.rows;
}

/** A tenant with one mailbox at this server, and what tests ask of it. */
export async function makeWorld(
  db: TestDatabase,
  context: WorkerContext,
  server: { port: number; commands: string[] },
  columns: Record<string, unknown> = {},
) {
  const tenant = await makeTenant(db);
  const { tenantId } = tenant;
  const id = await makeMailbox(db, tenantId, { port: server.port, username: "box", timeout_seconds: 5, ...columns });
  await givePassword(db, tenantId, id, "secret");
  const rows = async (text: string) => (await db.owner.pool.query(text, [tenantId])).rows;
  return {
    tenant,
    id,
    rows,
    poll: (as = context) => pollOnce(db, as, id),
    state: () => stateOf(db, id),
    subjects: async (): Promise<string[]> =>
      (await rows("select subject from mail where tenant_id = $1 order by seq")).map(({ subject }) => subject),
    count: (command: string) => server.commands.filter((line) => line.startsWith(command)).length,
    set: (assignment: string) => db.owner.pool.query(`update mailbox set ${assignment} where id = $1`, [id]),
  };
}
