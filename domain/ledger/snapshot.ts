// One look at everything: a read-only transaction in which all statements see the same instant.
import { type Sql, sqlOf } from "@/domain/scope";
import type { Db } from "@/lib/db";

/** With a tenant id that tenant is the context (the web role sees nothing without). */
export async function fromSnapshot<T>(db: Db, work: (sql: Sql) => Promise<T>, tenantId?: string): Promise<T> {
  const client = await db.pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin isolation level repeatable read, read only");
    if (tenantId) await client.query("select set_config('mailferry.tenant', $1, true)", [tenantId]);
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
