// A search that finds no good way through the database ends, instead of keeping a connection from those that do.
import { type Sql, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";

export const searchMs = 5000;

/** Not a fault of the program: it is said to whoever searches. */
export class TooLong extends Error {}

/** One transaction, each statement of which takes at most so long. */
export async function inTime<T>(db: Db, work: (sql: Sql) => Promise<T>, tenantId?: string, ms = searchMs): Promise<T> {
  try {
    return await sqlTransaction(
      db.pool,
      async (sql) => {
        await sql.query("select set_config('statement_timeout', $1, true)", [String(ms)]);
        return work(sql);
      },
      tenantId,
    );
  } catch (error) {
    if (wasCancelled(error)) throw new TooLong("the search takes too long", { cause: error });
    throw error;
  }
}

/** Null for what took too long. */
export async function orTooLong<T>(search: Promise<T>): Promise<T | null> {
  try {
    return await search;
  } catch (error) {
    if (error instanceof TooLong) return null;
    throw error;
  }
}

const wasCancelled = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "57014";
