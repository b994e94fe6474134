// Millions of mails in a real database, by COPY: the rows that searching reads, as intake and delivery would have left them.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import pg from "pg";
import { from } from "pg-copy-streams";
import { domain, inbox, person, persons, type Random, randomFrom, subject, zipf } from "./words";

export interface BenchTenant {
  id: string;
  slug: string;
  domain: string;
  mails: number;
}

export const days = 365;

/** The first has a fifth of all mails, the others ever fewer. */
export async function makeTenants(client: pg.Client, count: number, mails: number): Promise<BenchTenant[]> {
  const weights = Array.from({ length: count }, (_, n) => (n === 0 ? 0 : 1 / (n + 3)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const tenants = weights.map((weight, n) => ({
    id: randomUUID(),
    slug: `t${n}`,
    domain: `company${n}.example`,
    mails: Math.floor(n === 0 ? mails / 5 : (weight / sum) * mails * 0.8),
  }));
  for (const { id, slug } of tenants) {
    await client.query("insert into tenant (id, slug, name, time_zone) values ($1, $2, $2, 'Europe/Berlin')", [
      id,
      slug,
    ]);
    await client.query("insert into ledger (tenant_id) values ($1)", [id]);
    await client.query("insert into body (tenant_id, id, complete) values ($1, $1, true)", [id]);
  }
  return tenants;
}

const tables = {
  mail: "tenant_id, id, seq, kind, body_id, sender, header_from, subject, message_id, collected_at, size, place, state, settled_at, attempts, possible_copies",
  recipient: "tenant_id, id, mail_id, address, place, reply_code, reply_text",
  mail_search: "tenant_id, seq, collected_at, collected, routed, senders, recipients, subject",
} as const;

/** Indexes are made afterwards, as a restore would. Triggers and foreign keys have nothing to add to what is written here. */
export async function loadMails(
  client: pg.Client,
  tenants: BenchTenant[],
  mails: number,
  until: Date,
  say: (line: string) => void,
): Promise<void> {
  await client.query("set session_replication_role = replica");
  await client.query("set maintenance_work_mem = '512MB'");
  const indexes = await dropIndexes(client, Object.keys(tables));
  const random = randomFrom(1);
  const chooser = picker(tenants);
  for (let begin = 1; begin <= mails; begin += 50_000) {
    const rows = { mail: [] as string[], recipient: [] as string[], mail_search: [] as string[] };
    for (let n = begin; n < Math.min(begin + 50_000, mails + 1); n += 1)
      addMail(rows, {
        random,
        n,
        tenant: chooser(random),
        at: new Date(until.getTime() - ((mails - n) / mails) * days * 86_400_000),
      });
    for (const [table, columns] of Object.entries(tables))
      await copy(client, table, columns, rows[table as keyof typeof rows]);
    if (begin % 500_000 === 1) say(`  ${(begin - 1).toLocaleString("en")} mails are in`);
  }
  await client.query("select setval('mail_seq_seq', $1)", [mails + 1]);
  await client.query(`insert into mail_apart
    select s.*, array[m.place] from mail m join mail_search s on s.tenant_id = m.tenant_id and s.seq = m.seq
    where m.place not in ('waiting', 'delivered')`);
  for (const sql of indexes) {
    const began = Date.now();
    await client.query(sql);
    say(`  ${((Date.now() - began) / 1000).toFixed(1)} s: ${sql.replace(/^CREATE (UNIQUE )?INDEX (\w+) .*$/, "$2")}`);
  }
  await client.query("set session_replication_role = origin");
  for (const table of [...Object.keys(tables), "mail_apart"]) await client.query(`vacuum (analyze) ${table}`);
  await client.query("analyze");
}

/** All but those that keys and constraints stand on; what it returns makes them again. */
export async function dropIndexes(client: pg.Client, names: string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; sql: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as sql from pg_index
     where indrelid = any ($1::regclass[]) and not indisprimary
       and not exists (select 1 from pg_constraint where conindid = indexrelid)`,
    [names],
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ sql }) => sql);
}

function picker(tenants: BenchTenant[]): (random: Random) => BenchTenant {
  const total = tenants.reduce((sum, { mails }) => sum + mails, 0);
  const slots = tenants.flatMap((tenant) =>
    Array<BenchTenant>(Math.max(1, Math.round((tenant.mails / total) * 5000))).fill(tenant),
  );
  return (random) => slots[Math.floor(random() * slots.length)] as BenchTenant;
}

interface Wanted {
  random: Random;
  n: number;
  tenant: BenchTenant;
  at: Date;
}

function addMail(rows: Record<keyof typeof tables, string[]>, { random, n, tenant, at }: Wanted): void {
  const id = uuid(random);
  const sender = person(zipf(random, persons));
  const about = subject(random, n);
  const from = `${sender.name} <${sender.address}>`;
  const place = placeOf(random);
  const when = at.toISOString();
  const to = new Set([`${inbox(random)}@${tenant.domain}`]);
  while (random() < 0.15) to.add(`${inbox(random)}@${tenant.domain}`);
  const settled = place === "waiting" ? "\\N" : when;
  const kind = random() < 0.005 ? "notice" : "collected";
  rows.mail.push(
    `${tenant.id}\t${id}\t${n}\t${kind}\t${tenant.id}\t${sender.address}\t${from}\t${about}\t<${id}@${domain(n % 100)}>\t${when}\t20000\t${place}\t${place === "waiting" ? "ready" : "settled"}\t${settled}\t1\t${random() < 0.0005 ? 1 : 0}\n`,
  );
  for (const address of to)
    rows.recipient.push(
      `${tenant.id}\t${uuid(random)}\t${id}\t${address}\t${place}\t250\t2.6.0 Queued mail for delivery\n`,
    );
  rows.mail_search.push(
    `${tenant.id}\t${n}\t${when}\t${kind === "collected" ? "t" : "f"}\tt\t${from}\t${[...to].join(" ")}\t${about}\n`,
  );
}

function placeOf(random: Random): string {
  const x = random();
  if (x < 0.96) return "delivered";
  if (x < 0.98) return "merged";
  if (x < 0.99) return "discarded";
  if (x < 0.995) return "badmail";
  if (x < 0.998) return "expired";
  if (x < 0.9995) return "deleted";
  return x < 0.9998 ? "held" : "waiting";
}

const hex = (random: Random) =>
  Math.floor(random() * 4_294_967_296)
    .toString(16)
    .padStart(8, "0");
function uuid(random: Random): string {
  const text = hex(random) + hex(random) + hex(random) + hex(random);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-8${text.slice(17, 20)}-${text.slice(20)}`;
}

async function copy(client: pg.Client, table: string, columns: string, rows: string[]): Promise<void> {
  const stream = client.query(from(`copy ${table} (${columns}) from stdin`));
  for (let at = 0; at < rows.length; at += 2000)
    if (!stream.write(rows.slice(at, at + 2000).join(""))) await once(stream, "drain");
  stream.end();
  await once(stream, "finish");
}

export const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  // The statement that runs tells what happened; between two, the server is stopped by us.
  client.on("error", () => {});
  await client.connect();
  return client;
};
