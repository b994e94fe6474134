// Taking a backup: every table of the database as COPY writes it, all from one snapshot. The tables come from the catalogue,
// so that no new one can be forgotten.
import pg from "pg";
import { to } from "pg-copy-streams";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { migrationLock } from "@/prisma/migrate";
import { type BackupHeader, encode, formatVersion } from "./records";

export interface BackupFacts {
  mailferry: string;
  deleteDelayMinutes: number;
  privateKeys: string;
}

const { escapeIdentifier: quoted } = pg;

/**
 * Begins the snapshot on this connection and describes it. Nobody migrates until the connection ends: a migration that
 * waited for our tables would make everybody else wait behind it.
 */
export async function beginBackup(client: pg.Client, facts: BackupFacts): Promise<BackupHeader> {
  await client.query("set statement_timeout = 0");
  await client.query("select pg_advisory_lock_shared($1)", [migrationLock]);
  await client.query("begin isolation level repeatable read, read only");
  // The transaction's beginning: the snapshot is taken by this statement, a moment later.
  const { rows } = await client.query<{ now: Date; ours: boolean }>(
    "select now() as now, to_regclass('public._prisma_migrations') is not null as ours",
  );
  if (!rows[0]?.ours) throw new Refusal("There is no Mailferry in this database: DATABASE_URL names another one.");
  await refuseHidden(client);
  const migrations = await client.query<{ name: string }>(
    "select migration_name as name from _prisma_migrations where finished_at is not null order by migration_name",
  );
  const installation = await client.query<{ id: string }>(
    "select value #>> '{}' as id from platform_setting where key = 'installation'",
  );
  return {
    ...facts,
    format: formatVersion,
    installation: installation.rows[0]?.id ?? null,
    takenAt: rows[0].now.toISOString(),
    migrations: migrations.rows.map(({ name }) => name),
    tables: await tablesIn(client),
    sequences: await sequencesIn(client),
  };
}

/** The records of the backup, from the snapshot that `beginBackup` began. `count` is told each table's rows. */
export async function* recordsOf(
  client: pg.Client,
  header: BackupHeader,
  count: (rows: number) => void,
): AsyncGenerator<Buffer> {
  yield encode("header", header);
  for (const table of header.tables) {
    yield encode("table", Buffer.from(table.name));
    const rows = client.query(to(`copy ${target(table)} to stdout (format binary)`));
    for await (const octets of rows) yield encode("rows", octets);
    yield encode("count", { rows: rows.rowCount });
    count(rows.rowCount);
  }
  yield encode("end", {});
  await client.query("commit");
}

/** A backup is a look at every body there is. */
export async function noteBackup(db: Db, file: string): Promise<void> {
  await db.pool.query("insert into platform_audit (who, action, target) values ('command line', 'backup', $1)", [
    file.slice(0, 300),
  ]);
}

/** Sites whose secrets none of these keys opens: a worker in a customer's network has a key of its own. */
export async function sitesWithoutKey(db: Db, keyIds: string[]): Promise<string[]> {
  const { rows } = await db.pool.query<{ site: string }>(
    `select distinct site from site_key k where retired_at is null
       and not exists (select 1 from site_key o where o.site = k.site and o.key_id = any ($1)) order by 1`,
    [keyIds],
  );
  return rows.map(({ site }) => site);
}

type Table = BackupHeader["tables"][number];

/** A table with its columns by name, as COPY takes it in both directions. */
export const target = ({ name, columns }: Table): string =>
  `public.${quoted(name)} (${columns.map((column) => quoted(column.name)).join(", ")})`;

/** All tables with their columns and types, without columns that Postgres computes. */
export async function tablesIn(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select c.relname as name, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
      order by a.attname) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by 1 order by 1`);
  return rows;
}

/** Sequences stand outside snapshots. Read after it began, they are beyond everything in it. */
async function sequencesIn(client: pg.Client): Promise<BackupHeader["sequences"]> {
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S' order by 1",
  );
  const found: BackupHeader["sequences"] = [];
  for (const { name } of rows) {
    const at = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from public.${quoted(name)}`,
    );
    if (at.rows[0]) found.push({ name, ...at.rows[0] });
  }
  return found;
}

/** Row-level security hides rows without a word from whom no policy names: an empty backup would look like a good one. */
async function refuseHidden(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; who: string }>(`
    select c.relname as name, current_user as who from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relrowsecurity
      and not exists (select 1 from pg_roles r where r.rolname = current_user and (r.rolsuper or r.rolbypassrls))
      and not exists (select 1 from pg_policy p, unnest(p.polroles) named (role) where p.polrelid = c.oid
        and p.polname = 'owner_all' and pg_has_role(current_user, named.role, 'usage'))
    limit 1`);
  if (rows[0])
    throw new Refusal(
      `${rows[0].who} does not see all of ${rows[0].name}: back up with the role that “migrate” runs as (DATABASE_URL).`,
    );
}
