// The two ways to the database on one address: Prisma for the ordinary statement, plain pg where SQL is the clearer or
// the faster form (claims, bodies, sealed values).
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "@/prisma/client/client";

export interface Db {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

// bigint columns are counts and sizes far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Opens both. `max` is the number of connections of each. Nothing connects before the first statement. */
export function openDb(url: string, max = 10): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: "mailferry",
    connectionTimeoutMillis: 10_000,
  });
  // An idle connection that the server closes must not end the process; the next statement opens another.
  pool.on("error", () => {});
  // The same for one that is lent out and between two statements (pg takes its own listener off while it is lent).
  pool.on("connect", (client) => client.on("error", () => {}));
  const prisma = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max, connectionTimeoutMillis: 10_000 }),
    // Prisma's own 2 and 5 s make a busy machine's pages fail that would only have been slow.
    transactionOptions: { maxWait: 10_000, timeout: 20_000 },
  });
  return {
    prisma,
    pool,
    close: async () => {
      await Promise.allSettled([prisma.$disconnect(), pool.end()]);
    },
  };
}
