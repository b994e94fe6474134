// The two ways to the database on one address: Prisma for the ordinary statement, plain pg where SQL is the clearer or
// the faster form (claims, bodies, sealed values).
import { createHash } from "node:crypto";
import net from "node:net";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "@/prisma/client/client";

export interface Db {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** from now on the pool's statements are prepared, where the database's address allows it; see `keepsPrepared` */
  prepare(): void;
  close(): Promise<void>;
}

// bigint columns are counts and sizes far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** No statement of ours is silent for so long: the longest wait for a lock, or for a slow disk, is far shorter. */
export const silentMs = 120_000;

/**
 * Opens both. `max` is the number of connections of each, of which the pool uses `few` as long as they come back soon; after `silent`
 * milliseconds in which nothing came or went a connection is given up. Nothing connects before the first statement.
 */
export function openDb(url: string, max = 10, silent = silentMs, few = max): Db {
  const pool = openPool(url, max, silent);
  if (few < max) keepFew(pool, few, max);
  let prepared = false;
  pool.on("connect", (client) => nameStatements(client, () => prepared));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(openPool(url, max, silent), { disposeExternalPool: true }),
    // Prisma's own 2 and 5 s make a busy machine's pages fail that would only have been slow.
    transactionOptions: { maxWait: 10_000, timeout: 20_000 },
  });
  return {
    prisma,
    pool,
    prepare: () => {
      prepared = true;
    },
    close: async () => {
      await Promise.allSettled([prisma.$disconnect(), pool.end()]);
    },
  };
}

function openPool(url: string, max: number, silent: number): pg.Pool {
  const pool = new pg.Pool({ ...connectionTo(url, silent), max });
  // An idle connection that the server closes must not end the process; the next statement opens another.
  pool.on("error", () => {});
  // The same for one that is lent out and between two statements (pg takes its own listener off while it is lent).
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** A connection that is out for longer waits for something, such as a lock, and not for a processor; ms */
const outForLong = 500;

/**
 * Few connections, since each of Postgres' processes prepares, plans and remembers by itself: where forty sessions take turns on twenty, a
 * statement is new to nearly each of them, and to plan it takes longer than to run it (docs/decisions/0056). Those that are out for long
 * don't count, so that what waits for one tenant's lock keeps no other tenant waiting.
 */
function keepFew(pool: pg.Pool, few: number, max: number): void {
  const out = new Map<pg.PoolClient, number>();
  pool.on("acquire", (client) => out.set(client, performance.now()));
  pool.on("release", (_, client) => out.delete(client));
  pool.on("remove", (client) => out.delete(client));
  const count = () => {
    if (pool.ended) return clearInterval(timer);
    const since = performance.now() - outForLong;
    const long = [...out.values()].filter((at) => at < since).length;
    pool.options.max = Math.min(max, few + long);
    // Asked for once more, the pool sees that there is room for who waits.
    if (pool.waitingCount > 0 && pool.totalCount < pool.options.max)
      pool.connect().then(
        (client) => client.release(),
        () => {},
      );
  };
  pool.options.max = few;
  const timer = setInterval(count, outForLong / 5).unref();
}

/**
 * Whether a statement that is prepared stays with its connection. A pooler in transaction mode that doesn't know of them (PgBouncer
 * before 1.21, or with max_prepared_statements = 0) lends one connection to two that each think it theirs: 42P05 or 26000.
 */
export async function keepsPrepared(url: string, silent = silentMs): Promise<boolean> {
  const clients = [new pg.Client(connectionTo(url, silent)), new pg.Client(connectionTo(url, silent))];
  try {
    for (const client of clients) {
      client.on("error", () => {});
      await client.connect();
    }
    for (const client of [...clients, ...clients])
      await client.query({ name: "mailferry_asks", text: "select $1::int", values: [1] });
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "42P05" || code === "26000") return false;
    throw error;
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

/**
 * Prepared once on each connection: what Postgres needs to parse and plan a statement is often more than to run it. pg prepares
 * what has a name, so each text gets one. Why not the portal's: docs/decisions/0041.
 */
function nameStatements(client: pg.PoolClient, prepared: () => boolean): void {
  const plain = client.query.bind(client);
  const named = (config: unknown, values: unknown, ...rest: unknown[]) =>
    Reflect.apply(plain, client, [
      prepared() && typeof config === "string" && Array.isArray(values) && values.length > 0
        ? { name: nameOf(config), text: config }
        : config,
      values,
      ...rest,
    ]);
  Object.assign(client, { query: named });
}

const names = new Map<string, string>();

/** Shorter than the 63 octets of a name, and the same for the same text, whichever connection it is. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known) return known;
  const name = createHash("sha256").update(text).digest("hex").slice(0, 32);
  names.set(text, name);
  return name;
}

/** How a connection is opened that notices when the network swallows it. */
export const connectionTo = (url: string, silent = silentMs) => ({
  connectionString: url,
  application_name: "mailferry",
  connectionTimeoutMillis: 10_000,
  stream: () => watchedSocket(silent),
});

/**
 * A network that drops packets without a word (a lost NAT state, a machine that died) leaves a statement waiting until TCP
 * gives up, a quarter of an hour or for ever. So silence ends the connection, as if the server had closed it: ETIMEDOUT.
 */
function watchedSocket(silent: number): net.Socket {
  const socket = new net.Socket();
  socket.setTimeout(silent, () => {
    const words = `the database said nothing for ${silent / 1000} s`;
    socket.destroy(Object.assign(new Error(words), { code: "ETIMEDOUT" }));
  });
  return socket;
}
