// What somebody else did at the same moment: one transaction stays open until the work that is tried waits for it.
import { type Sql, sqlOf } from "@/domain/scope";
import type { TestDatabase } from "./database";

/** Waits until so many statements of this database wait for a lock. */
export async function untilBlocked(db: TestDatabase, count = 1): Promise<void> {
  const end = Date.now() + 10_000;
  while (Date.now() < end) {
    const { rows } = await db.worker.pool.query(
      "select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = $1",
      [db.name],
    );
    if ((rows[0]?.n ?? 0) >= count) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error(`nothing waited for a lock within ten seconds (wanted ${count})`);
}

/** Commits `first` only once `work` waits for it, and gives what became of `work`. */
export async function meanwhile<T>(
  db: TestDatabase,
  first: (sql: Sql) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const client = await db.owner.pool.connect();
  try {
    await client.query("begin");
    await first(sqlOf(client));
    const tried = work();
    tried.catch(() => {});
    await untilBlocked(db);
    await client.query("commit");
    return await tried;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
