// Loading a backup into an empty database: tables as they were then, their rows, what later versions changed, and what was
// in flight settled. One transaction, so that a restore is either there or never was.
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from } from "pg-copy-streams";
import { sqlOf } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { applyMigrations, knownMigrations, migrationLock, missingMigrations } from "@/prisma/migrate";
import { dropTables, refuseUnlessEmpty } from "./empty";
import { type BackupHeader, type BackupRecord, countSchema, headerSchema, parsed, unreadable } from "./records";
import { type Settled, settle } from "./settle";
import { tablesIn, target } from "./take";

export interface Restored extends Settled {
  rows: number;
  /** migrations that the backup did not have yet */
  applied: string[];
}

/**
 * `beforeCommit` does what belongs to the restore outside the database. When anything fails the caller ends the connection,
 * and nothing has happened.
 */
export async function restoreInto(
  client: pg.Client,
  header: BackupHeader,
  records: AsyncIterable<BackupRecord>,
  beforeCommit: () => void,
): Promise<Restored> {
  await client.query("set statement_timeout = 0");
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock($1)", [migrationLock]);
  await refuseUnlessEmpty(client);
  await dropTables(client);
  await applyMigrations(client, header.migrations);
  await refuseUnlessSame(client, header);
  const rows = await withoutConstraints(client, header, () => loadTables(client, header, records));
  for (const { name, last, called } of header.sequences)
    await client.query("select setval(format('public.%I', $1::text)::regclass, $2::bigint, $3)", [name, last, called]);
  const applied = await missingMigrations(client as unknown as pg.Pool);
  await applyMigrations(client, applied);
  const settled = await settle(sqlOf(client as unknown as pg.Pool), header);
  beforeCommit();
  await client.query("commit");
  // A full table that was never looked at is planned as an empty one until autovacuum comes by.
  await client.query("analyze");
  return { ...settled, rows, applied };
}

/** A newer version's tables can't be made here. */
export function refuseNewer(header: BackupHeader): void {
  const known = new Set(knownMigrations());
  const unknown = header.migrations.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Refusal(
      `The backup was made by a newer Mailferry (${header.mailferry}, with ${unknown.join(", ")}). Restore it with that version.`,
    );
}

/** Reads all of a backup without writing anything; throws Refusal where it is not whole. */
export async function checkRecords(records: AsyncIterable<BackupRecord>): Promise<BackupHeader> {
  let header: BackupHeader | null = null;
  let ended = false;
  let tables = 0;
  for await (const record of records) {
    if (ended) throw unreadable();
    if (!header) {
      if (record.kind !== "header") throw unreadable();
      header = parsed(headerSchema, record);
    } else if (record.kind === "table") tables += 1;
    else if (record.kind === "end") ended = true;
  }
  if (!header || !ended || tables !== header.tables.length) throw unreadable();
  return header;
}

/** Migrations of one name make the same tables, or one of them was changed after its release. */
async function refuseUnlessSame(client: pg.Client, header: BackupHeader): Promise<void> {
  const made = new Map((await tablesIn(client)).map((table) => [table.name, JSON.stringify(table.columns)]));
  const other = header.tables.find((table) => made.get(table.name) !== JSON.stringify(table.columns));
  if (other || made.size !== header.tables.length)
    throw new Refusal(
      `The backup's tables are not those that its migrations make here (${other?.name ?? "their number"}). Restore it with Mailferry ${header.mailferry}.`,
    );
}

/** Rows come table by table, so foreign keys are looked at when all are there; triggers speak of changes, not of loading. */
async function withoutConstraints<T>(client: pg.Client, header: BackupHeader, work: () => Promise<T>): Promise<T> {
  const { rows: keys } = await client.query<{ relation: string; name: string; definition: string }>(`
    select conrelid::regclass::text as relation, conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by 1, 2`);
  const tables = header.tables.map(({ name }) => `public.${pg.escapeIdentifier(name)}`);
  for (const { relation, name } of keys)
    await client.query(`alter table ${relation} drop constraint ${pg.escapeIdentifier(name)}`);
  for (const table of tables) await client.query(`alter table ${table} disable trigger user`);
  const result = await work();
  for (const table of tables) await client.query(`alter table ${table} enable trigger user`);
  for (const { relation, name, definition } of keys)
    await client.query(`alter table ${relation} add constraint ${pg.escapeIdentifier(name)} ${definition}`);
  return result;
}

async function loadTables(client: pg.Client, header: BackupHeader, source: AsyncIterable<BackupRecord>) {
  const records = source[Symbol.asyncIterator]();
  let total = 0;
  for (let next = await records.next(); !next.done; next = await records.next()) {
    if (next.value.kind !== "table") continue;
    const name = next.value.payload.toString("utf8");
    const table = header.tables.find((one) => one.name === name);
    if (!table) throw unreadable();
    // What migrations put in themselves stands in the backup too.
    await client.query(`truncate public.${pg.escapeIdentifier(name)}`);
    const copy = client.query(from(`copy ${target(table)} from stdin (format binary)`));
    const wanted = { rows: -1 };
    await pipeline(rowsUntilCount(records, wanted), copy);
    if (copy.rowCount !== wanted.rows) throw unreadable();
    total += wanted.rows;
  }
  return total;
}

async function* rowsUntilCount(records: AsyncIterator<BackupRecord>, wanted: { rows: number }): AsyncGenerator<Buffer> {
  for (let next = await records.next(); !next.done; next = await records.next()) {
    if (next.value.kind === "count") {
      wanted.rows = parsed(countSchema, next.value).rows;
      return;
    }
    yield next.value.payload;
  }
  throw unreadable();
}
