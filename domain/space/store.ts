// What workers have seen of the database's room, and whether collecting is paused because of it: for all workers and all
// tenants at once, on the database's clock.
import { type Sql, sqlOf } from "@/domain/scope";
import { stored } from "@/domain/stored";
import type { Db } from "@/lib/db";
import type { SpaceNews } from "./threshold";

/** A reading that is older holds nobody any more: whoever saw it is gone, and collecting is better than waiting for ever. */
export const staleMinutes = 3;

/** One that lies ahead was written before the database's clock went back. It would hold as long as it lies there. */
const ahead = "now() + interval '1 minute'";
const fresh = `read_at between now() - interval '${staleMinutes} minutes' and ${ahead}`;
/** Part of a claim: whether nobody may collect now. */
export const pausedSql = `exists (select 1 from space_reading where paused and ${fresh})`;

/** Whether some worker sees how much room the database has. */
export const watchedSql = `exists (select 1 from space_reading where ${fresh})`;

export interface SpacePause {
  since: Date;
  /** in words, with figures */
  seen: string;
}

/** Null: there is room, or nobody sees how much. */
export async function spacePause(sql: Sql): Promise<SpacePause | null> {
  const [row] = await sql.query<SpacePause & Record<string, unknown>>(
    `select since, seen from space_reading where paused and ${fresh} order by since, kind, watcher limit 1`,
  );
  return row ?? null;
}

export interface Reading {
  kind: "disk" | "limit";
  /** the worker's name: it goes on after a restart */
  watcher: string;
  seen: string;
  news: SpaceNews;
}

/** Without news it stays as it was, if that was seen lately. */
export async function recordReading(db: Db, { kind, watcher, seen, news }: Reading): Promise<void> {
  const now = `coalesce($4::boolean, space_reading.paused and space_reading.${fresh})`;
  await db.pool.query(
    `insert into space_reading (kind, watcher, seen, paused) values ($1, $2, $3, coalesce($4::boolean, false))
     on conflict (kind, watcher) do update set seen = excluded.seen, read_at = now(), paused = ${now},
       since = case when space_reading.paused = ${now} then space_reading.since else now() end`,
    [kind, watcher, stored(seen), news === null ? null : news === "full"],
  );
}

/** What nobody looks at any more is of no use after a day. */
export async function forgetReadings(db: Db): Promise<void> {
  await db.pool.query(`delete from space_reading where read_at < now() - interval '1 day' or read_at > ${ahead}`);
}

export interface DatabaseSize {
  /** says which server this is: a data folder holds the same number; null: not asked for, or it doesn't tell */
  identifier: string | null;
  walBytes: number;
  databaseBytes: number;
  reusableBytes: number;
}

/**
 * `withIdentifier`: only where there is a data folder to compare with.
 * Reusable is what Postgres found free among the bodies' octets when it vacuumed them last, less what has been written
 * since (four pieces to a page, as TOAST stores them). What was deleted since is not counted: nobody can use it before the
 * next vacuum.
 */
export async function databaseSize(db: Db, withIdentifier: boolean): Promise<DatabaseSize> {
  const identifier = withIdentifier ? await identifierOf(db) : null;
  const [row] = await sqlOf(db.pool).query<Omit<DatabaseSize, "identifier"> & Record<string, unknown>>(
    `select pg_size_bytes(current_setting('max_wal_size'))::float8 as "walBytes",
       pg_database_size(current_database())::float8 as "databaseBytes",
       coalesce((select greatest(0, p.relpages - ceil((p.reltuples + coalesce(s.n_ins_since_vacuum, 0)) / 4.0))
           * current_setting('block_size')::int
         from pg_class b join pg_class p on p.oid = b.reltoastrelid left join pg_stat_all_tables s on s.relid = p.oid
         where b.oid = 'body_chunk'::regclass), 0)::float8 as "reusableBytes"`,
  );
  if (!row) throw new Error("the database says nothing about its size");
  return { ...row, identifier };
}

/**
 * A hosted Postgres may refuse or lack the function. Then it is not the one of the data folder, which is ours; an old folder
 * that still lies there must not keep the size from being measured.
 */
async function identifierOf(db: Db): Promise<string | null> {
  try {
    const asked = "select system_identifier::text as identifier from pg_control_system()";
    return (await sqlOf(db.pool).query<{ identifier: string }>(asked))[0]?.identifier ?? null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "42501" || code === "42883" || code === "0A000") return null;
    throw error;
  }
}

export async function isWatched(sql: Sql): Promise<boolean> {
  return (await sql.query(`select 1 where ${watchedSql}`)).length > 0;
}
