// Who may touch which table. Set by `migrate` after the last migration, idempotently, from this one list.
// Row-level security: web sees the one tenant of its context; worker and owner have a policy that sees all; a missing or
// empty context is an error (''::uuid raises), not "no rows". Nobody needs BYPASSRLS, and nobody uses SET ROLE.
import { randomBytes } from "node:crypto";
import type { Client } from "pg";

type Right = "select" | "insert" | "update" | "delete";
const read: Right[] = ["select"];
const add: Right[] = ["select", "insert"];
const edit: Right[] = ["select", "insert", "update"];
const keep: Right[] = ["select", "insert", "delete"];
const all: Right[] = ["select", "insert", "update", "delete"];

/** Rights by table: [web, worker]. A table that is missing here makes `migrate` fail, so that none is forgotten. */
export const grants: Record<string, readonly [web: Right[], worker: Right[]]> = {
  _prisma_migrations: [read, read],
  person: [edit, read],
  session: [edit, ["select", "delete"]],
  one_time_link: [read, all],
  throttle: [all, all],
  sign_in: [keep, ["select", "delete"]],
  totp: [["insert", "delete"], []],
  recovery_code: [keep, []],
  passkey: [keep, []],
  passkey_challenge: [keep, ["select", "delete"]],
  platform_setting: [["select", "update", "delete"], read],
  platform_audit: [add, add],
  worker: [read, all],
  site_clock: [read, edit],
  site_key: [read, read],
  retention_clock: [read, edit],
  alert: [read, all],
  space_reading: [read, all],
  letter: [["insert"], all],
  tenant: [edit, ["select", "update", "delete"]],
  membership: [all, read],
  ledger: [add, edit],
  ledger_proof: [read, edit],
  audit: [add, add],
  secret: [["insert", "update", "delete"], all],
  exchange: [edit, edit],
  lane: [edit, edit],
  lane_slot: [read, all],
  lane_greeting: [read, all],
  mailbox: [all, edit],
  mailbox_state: [all, edit],
  removed_mailbox: [all, read],
  identity: [["select", "update"], all],
  rule: [all, read],
  body: [read, all],
  body_chunk: [read, all],
  body_fault: [read, all],
  mail: [["select", "update"], all],
  mail_search: [read, read],
  mail_apart: [read, read],
  recipient: [edit, all],
  attempt: [read, all],
  mail_event: [add, all],
  notice: [read, all],
  notice_pace: [read, all],
  notice_receiver: [["select", "insert", "delete"], read],
  probe: [edit, all],
  probe_line: [read, all],
};

/** What web may do to some columns where it may not do it to the whole table. */
const webColumns: Record<string, Partial<Record<Right, string[]>>> = {
  secret: { select: ["tenant_id", "row_id", "field", "key_id", "updated_at"] },
  // A link for who forgot the password comes from portal_forgotten_link alone.
  one_time_link: {
    insert: ["person_id", "kind", "token_hash", "created_at", "expires_at", "seen_in"],
    update: ["used_at"],
  },
  sign_in: { update: ["used_at"] },
  totp: {
    // The sealed secret of one person at a time: by portal_totp, for a token of theirs.
    select: ["person_id", "key_id", "created_at", "confirmed_at", "last_step", "last_used_at"],
    update: ["confirmed_at", "last_step", "last_used_at"],
  },
  recovery_code: { update: ["used_at"] },
  passkey: { update: ["counter", "last_used_at"] },
};

export interface RoleLogin {
  role: string;
  /** null: the role exists and keeps its password */
  password: string | null;
}

export const newPassword = () => randomBytes(24).toString("hex");

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Makes the login if it is missing, or gives it the password. Caller holds the migration lock. */
export async function ensureLogin(client: Client, login: RoleLogin): Promise<void> {
  const found = await client.query<{ above: boolean }>(
    "select rolsuper or rolbypassrls as above from pg_roles where rolname = $1",
    [login.role],
  );
  if (found.rows[0]?.above) {
    throw new Error(
      `role ${login.role} is a superuser or bypasses row-level security: give portal and worker a plain login`,
    );
  }
  if (found.rowCount === 0) {
    if (login.password === null) throw new Error(`role ${login.role} is missing and no password is known for it`);
    await client.query(
      `create role ${quote(login.role)} login nosuperuser nobypassrls password ${literal(login.password)}`,
    );
  } else if (login.password !== null) {
    await client.query(`alter role ${quote(login.role)} login password ${literal(login.password)}`);
  }
}

/** Grants, forced row-level security and policies for all tables, in the caller's transaction. */
export async function applyRoles(client: Client, web: string, worker: string): Promise<void> {
  const { rows: tables } = await client.query<{ name: string; key: string | null }>(`
    select c.relname as name,
      case when c.relname = 'tenant' then 'id'
        -- Alerts of the installation itself have no tenant: web sees those of its tenant, and the rest by portal_alerts.
        when c.relname = 'alert' then 'tenant_id'
        when exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull)
        then 'tenant_id' end as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1`);
  const owner = (await client.query<{ u: string }>("select current_user as u")).rows[0]?.u ?? "";
  const database = (await client.query<{ d: string }>("select current_database() as d")).rows[0]?.d ?? "";
  await refuseSharedRoles(client, [web, worker]);
  await client.query("revoke all on schema public from public");
  for (const role of [web, worker]) {
    await client.query(`grant connect on database ${quote(database)} to ${quote(role)}`);
    await client.query(`grant usage on schema public to ${quote(role)}`);
  }
  for (const { name, key } of tables) {
    const rights = grants[name];
    if (!rights) throw new Error(`prisma/roles.ts says nothing about table ${name}`);
    const table = quote(name);
    for (const [role, list] of [
      [web, rights[0]],
      [worker, rights[1]],
    ] as const) {
      await client.query(`revoke all on ${table} from ${quote(role)}`);
      if (list.length > 0) await client.query(`grant ${list.join(", ")} on ${table} to ${quote(role)}`);
    }
    for (const [right, columns] of Object.entries(webColumns[name] ?? {}))
      await client.query(`grant ${right} (${columns.map(quote).join(", ")}) on ${table} to ${quote(web)}`);
    if (key) await protect(client, table, quote(key), { web, worker, owner });
  }
  await grantFunctions(client, web, worker);
  for (const role of [web, worker]) await setFor(client, role, endWhenLost);
  await setFor(client, web, oneProcessor);
}

/**
 * When the network swallows a connection without a word, its other end (lib/db.ts) gives up after two minutes of silence and
 * opens another. The server has to notice too, or what the lost one has locked stays locked: for two hours, by TCP's default.
 */
const endWhenLost = {
  idle_in_transaction_session_timeout: "2min",
  tcp_user_timeout: "2min",
  tcp_keepalives_idle: "60",
  tcp_keepalives_interval: "15",
  tcp_keepalives_count: "4",
};

/** Most of a page's statements are short: to start a helper for one takes longer than to do its part. */
const oneProcessor = { max_parallel_workers_per_gather: "0" };

async function setFor(client: Client, role: string, settings: Record<string, string>) {
  await client.query("savepoint settings");
  try {
    for (const [name, value] of Object.entries(settings))
      await client.query(`alter role ${quote(role)} set ${name} = ${literal(value)}`);
  } catch (error) {
    // A login that somebody else made, and that only they may change: docs/operations.md says which settings it wants.
    if (!(error instanceof Error && "code" in error && error.code === "42501")) throw error;
    await client.query("rollback to savepoint settings");
  }
  await client.query("release savepoint settings");
}

/** One login for two of owner, web and worker would see what only the stronger may see: all companies, sealed values. */
async function refuseSharedRoles(client: Client, roles: [web: string, worker: string]) {
  if (roles[0] === roles[1])
    throw new Error(`portal and worker both log in as ${roles[0]}: give each a login of its own`);
  const { rows } = await client.query<{ name: string; above: string }>(
    `select r.name, o.name as above from unnest($1::text[]) r (name), unnest($1::text[] || current_user::text) o (name)
     where r.name <> o.name and pg_has_role(r.name, o.name, 'member') or r.name = current_user limit 1`,
    [roles],
  );
  const [found] = rows;
  if (found)
    throw new Error(
      `${found.name} may do all that ${found.above} may: give portal and worker plain logins of their own`,
    );
}

async function protect(
  client: Client,
  table: string,
  key: string,
  roles: { web: string; worker: string; owner: string },
) {
  const mine = `${key} = current_setting('mailferry.tenant')::uuid`;
  await client.query(`alter table ${table} enable row level security, force row level security`);
  for (const name of ["one_tenant", "worker_all", "owner_all"])
    await client.query(`drop policy if exists ${name} on ${table}`);
  await client.query(
    `create policy one_tenant on ${table} to ${quote(roles.web)} using (${mine}) with check (${mine})`,
  );
  await client.query(`create policy worker_all on ${table} to ${quote(roles.worker)} using (true) with check (true)`);
  await client.query(`create policy owner_all on ${table} to ${quote(roles.owner)} using (true) with check (true)`);
}

/**
 * Functions named portal_… are for the portal, worker_… for the worker; the rest for neither. Those that run as the owner
 * look for temporary tables last: Postgres looks there first unless told otherwise, and anybody may make a temporary view
 * named like a table of ours whose functions would then run as the owner (Postgres manual, CREATE FUNCTION, "Writing
 * SECURITY DEFINER Functions Safely").
 */
async function grantFunctions(client: Client, web: string, worker: string) {
  const { rows } = await client.query<{ name: string; signature: string; definer: boolean }>(`
    select p.proname as name, p.oid::regprocedure::text as signature, p.prosecdef as definer
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public' and p.prokind = 'f'`);
  for (const { name, signature, definer } of rows) {
    if (definer) await client.query(`alter function ${signature} set search_path = pg_catalog, public, pg_temp`);
    await client.query(`revoke all on function ${signature} from public, ${quote(web)}, ${quote(worker)}`);
    if (name.startsWith("portal_")) await client.query(`grant execute on function ${signature} to ${quote(web)}`);
    if (name.startsWith("worker_")) await client.query(`grant execute on function ${signature} to ${quote(worker)}`);
  }
}
