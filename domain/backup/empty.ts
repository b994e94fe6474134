// What a restore may be put into: a database with nothing in it, or one that was prepared and never used.
import pg from "pg";
import { Refusal } from "@/lib/errors";
import { grants } from "@/prisma/roles";

/** Refuses a database in which there is anything to lose. */
export async function refuseUnlessEmpty(client: pg.Client): Promise<void> {
  const found = await tableNames(client);
  const foreign = found.filter((name) => !(name in grants));
  if (foreign.length > 0)
    throw new Refusal(
      `The database holds tables that are not Mailferry's (${foreign.slice(0, 3).join(", ")}): restore into a database of its own.`,
    );
  if (!found.includes("tenant") || !found.includes("worker")) return;
  const { rows } = await client.query<{ tenants: number; workers: number }>(
    `select (select count(*)::int from tenant) as tenants,
       (select count(*)::int from worker where beat_at > now() - interval '30 seconds' and not stopping) as workers`,
  );
  const { tenants = 0, workers = 0 } = rows[0] ?? {};
  if (tenants > 0)
    throw new Refusal(
      `The database holds ${tenants === 1 ? "a tenant" : `${tenants} tenants`}: a backup is restored into an empty one. Make one (create database …) and set DATABASE_URL to it; with the embedded database set MAILFERRY_DATA to a new folder.`,
    );
  if (workers > 0) throw new Refusal("A worker runs on this database: stop it first, then restore.");
}

/** The tables and functions of a prepared database go; the backup's migrations make them anew. */
export async function dropTables(client: pg.Client): Promise<void> {
  const names = await tableNames(client);
  if (names.length === 0) return;
  await client.query(`drop table ${names.map((name) => `public.${pg.escapeIdentifier(name)}`).join(", ")} cascade`);
  const { rows } = await client.query<{ signature: string }>(`
    select p.oid::regprocedure::text as signature from pg_proc p
    where p.pronamespace = 'public'::regnamespace and pg_has_role(current_user, p.proowner, 'usage') and p.prokind = 'f'
      and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')`);
  for (const { signature } of rows) await client.query(`drop function ${signature}`);
}

async function tableNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')",
  );
  return rows.map(({ name }) => name);
}
