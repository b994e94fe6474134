// TenantScope: the key without which no tenant row is reached. Store functions take it first.
// Only app/_server/scope.ts (after it checked the membership), the worker (from a row that it claimed) and the command
// line may mint one: the linter watches who imports domain/scope-mint.ts.
import type pg from "pg";
import type { Db } from "@/lib/db";
import type { Prisma } from "@/prisma/client/client";

export type Actor =
  | { kind: "person"; personId: string; name: string }
  | { kind: "worker"; workerId: string; name: string }
  | { kind: "command"; name: string };

declare const minted: unique symbol;
export interface TenantScope {
  readonly [minted]: true;
  readonly tenantId: string;
  readonly actor: Actor;
  readonly db: Db;
}

export type Tx = Prisma.TransactionClient;

/** Plain SQL within one transaction (or on one connection). */
export interface Sql {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

/** One interactive transaction with the tenant as its context: use `tx` for everything inside. */
export function inTenant<T>(scope: TenantScope, work: (tx: Tx) => Promise<T>): Promise<T> {
  return scope.db.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`select set_config('mailferry.tenant', ${scope.tenantId}, true)`;
    return work(tx);
  });
}

/** The same for plain SQL: queue claims, bodies, sealed values. */
export function sqlInTenant<T>(scope: TenantScope, work: (sql: Sql) => Promise<T>): Promise<T> {
  return sqlTransaction(scope.db.pool, work, scope.tenantId);
}

/** To read by one statement: the worker's login needs no context for it, and saves two round trips. */
export const sqlReading = <T>(scope: TenantScope, work: (sql: Sql) => Promise<T>): Promise<T> =>
  scope.actor.kind === "worker" ? work(sqlOf(scope.db.pool)) : sqlInTenant(scope, work);

/** A plain transaction; with a tenant id that tenant is its context. */
export async function sqlTransaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>, tenantId?: string): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    // In one trip: a page makes a dozen of these.
    const context = tenantId && `; select set_config('mailferry.tenant', ${client.escapeLiteral(tenantId)}, true)`;
    await client.query(`begin${context ?? ""}`);
    const result = await work(sqlOf(client));
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((fault: Error) => {
      broken = fault;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Part of a select list: this transaction's commit is on disk when it is answered, whatever the server's default is. For
 * what is acted upon outside the database: a copy deleted at its source, a dot, an answer that is never given again.
 */
export const surelySql = `set_config('synchronous_commit', case when current_setting('synchronous_commit')
  in ('off', 'local') then 'on' else current_setting('synchronous_commit') end, true)`;

/** Rows only, which is all that stores need. */
export const sqlOf = (client: { query: pg.Pool["query"] }): Sql => ({
  query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    (await client.query<Row>(text, values)).rows,
});

/** Plain SQL inside a Prisma transaction, for stores that mix both (sealed values have no Prisma model). */
export const sqlOfPrisma = (tx: Tx): Sql => ({
  query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    tx.$queryRawUnsafe<Row[]>(text, ...values),
});
