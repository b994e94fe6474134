// What searching costs the hot path: mails go their whole way through the statements that intake, routing and delivery make,
// with the rows that are searched and without them.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { person, persons, randomFrom, subject, zipf } from "./words";
import type { BenchTenant } from "./world";

/** Mails per second, each inserted, given a recipient, routed, sent and settled, in batches of twenty. */
export async function intakeRate(client: pg.Client, tenant: BenchTenant, mails: number): Promise<number> {
  const random = randomFrom(77);
  const began = process.hrtime.bigint();
  for (let n = 0; n < mails; n += 20) {
    const rows = Array.from({ length: 20 }, (_, i) => {
      const sender = person(zipf(random, persons));
      const from = `${sender.name} <${sender.address}>`;
      return { id: randomUUID(), sender: sender.address, from, subject: subject(random, n + i) };
    });
    await journey(client, tenant, rows);
  }
  return mails / (Number(process.hrtime.bigint() - began) / 1e9);
}

async function journey(
  client: pg.Client,
  { id: tenantId, domain }: BenchTenant,
  rows: { id: string }[],
): Promise<void> {
  const ids = rows.map(({ id }) => id);
  await client.query("begin");
  await client.query(
    `insert into mail (tenant_id, id, kind, body_id, sender, header_from, subject, message_id, size, state)
     select $1::uuid, r.id, 'collected', $1::uuid, r.sender, r."from", r.subject, '<' || r.id || '@bench.example>', 20000, 'received'
     from jsonb_to_recordset($2::jsonb) as r (id uuid, sender text, "from" text, subject text)`,
    [tenantId, JSON.stringify(rows)],
  );
  await client.query("commit");
  await client.query("begin");
  for (const id of ids) {
    await client.query("insert into recipient (tenant_id, mail_id, address) values ($1, $2, $3)", [
      tenantId,
      id,
      `info@${domain}`,
    ]);
    await client.query("update mail set state = 'ready', next_attempt_at = now() where tenant_id = $1 and id = $2", [
      tenantId,
      id,
    ]);
  }
  await client.query("commit");
  for (const id of ids) {
    await client.query("update mail set state = 'sending', lease_until = now() where tenant_id = $1 and id = $2", [
      tenantId,
      id,
    ]);
    await client.query("begin");
    await client.query("update recipient set place = 'delivered' where tenant_id = $1 and mail_id = $2", [
      tenantId,
      id,
    ]);
    await client.query(
      `update mail set state = 'settled', place = 'delivered', settled_at = now(), lease_until = null
       where tenant_id = $1 and id = $2`,
      [tenantId, id],
    );
    await client.query("commit");
  }
}

/** Turns taken, so that what else the machine does falls on both alike. */
export async function costOfSearch(client: pg.Client, tenant: BenchTenant, mails: number) {
  const rates = { without: [] as number[], with: [] as number[] };
  for (let round = 0; round < 4; round += 1) {
    for (const table of ["mail", "recipient"]) await client.query(`alter table ${table} disable trigger user`);
    rates.without.push(await intakeRate(client, tenant, mails));
    for (const table of ["mail", "recipient"]) await client.query(`alter table ${table} enable trigger user`);
    rates.with.push(await intakeRate(client, tenant, mails));
  }
  const middle = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
  return { without: middle(rates.without), with: middle(rates.with) };
}
