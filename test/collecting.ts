// A small world for the tests of collecting: a tenant, its Exchange server and lane, a mailbox, a worker's scope.
import { randomUUID } from "node:crypto";
import { mintScope } from "@/domain/scope-mint";
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
