// What months of work leave: settled mails of 90 days and the closed identities of what was collected, spread over all tenants; and
// mail that waits. Rows as intake and delivery would have left them, by statements over sets; indexes are made afterwards.
import type pg from "pg";
import { dropIndexes } from "@/bench/trace/world";

const piece = 500_000;

/** `most`: which share of them the first tenant has; the others have the same each. */
export async function addHistory(
  client: pg.Client,
  mails: number,
  most: number,
  say: (line: string) => void,
): Promise<void> {
  if (mails === 0) return;
  // Triggers and foreign keys have nothing to add to what is written here.
  await client.query("set session_replication_role = replica");
  await client.query("set maintenance_work_mem = '512MB'");
  const indexes = await dropIndexes(client, ["mail", "identity"]);
  await client.query(
    "insert into body (tenant_id, id, complete, erased_at) select id, id, true, now() from tenant on conflict do nothing",
  );
  await client.query(
    `create temporary table place_of as select row_number() over (order by substr(t.slug, 2)::int) as n, t.id as tenant, e.id as lane,
       (select id from mailbox m where m.tenant_id = t.id limit 1) as box
     from tenant t join exchange e on e.tenant_id = t.id`,
  );
  await client.query("create unique index on place_of (n)");
  await client.query("analyze place_of");
  for (let done = 0; done < mails; done += piece) {
    await addPiece(client, done, Math.min(piece, mails - done), { mails, most });
    if (mails > piece) say(`  ${(done + Math.min(piece, mails - done)).toLocaleString("en")} settled mails are in`);
  }
  await client.query("drop table place_of");
  await client.query("select setval('mail_seq_seq', (select max(seq) from mail))");
  for (const sql of indexes) await client.query(sql);
  await client.query(
    `update ledger l set collected = l.collected + m.n from (select tenant_id, count(*) as n from mail group by 1) m
     where m.tenant_id = l.tenant_id`,
  );
  await client.query("set session_replication_role = origin");
  await client.query("vacuum (analyze) mail, identity, body");
}

async function addPiece(client: pg.Client, done: number, count: number, all: { mails: number; most: number }) {
  await client.query(
    `with made as (
       select g as seq, gen_random_uuid() as id, now() - interval '90 days' * (1 - (g::float8 / $3)) as at,
         case when random() < $4 then 1 else 1 + floor(random() * (select count(*) from place_of))::int end as n
       from generate_series($1::bigint + 1, $1::bigint + $2::bigint) g),
     -- What was delivered within the last three days still has its bytes.
     kept as (
       insert into body (tenant_id, id, complete, size) select p.tenant, m.id, true, 8000 from made m join place_of p on p.n = m.n
       where m.at > now() - interval '3 days'),
     mails as (
       insert into mail (tenant_id, id, seq, kind, mailbox_id, exchange_id, body_id, sender, header_from, subject, message_id,
         collected_at, size, place, state, settled_at, attempts) overriding system value
       select p.tenant, m.id, m.seq, 'collected', p.box, p.lane,
         case when m.at > now() - interval '3 days' then m.id else p.tenant end, 'sender' || m.seq % 5000 || '@elsewhere.example',
         'Sender <sender' || m.seq % 5000 || '@elsewhere.example>', 'Mail ' || m.seq, '<' || m.id || '@elsewhere.example>', m.at, 8000,
         'delivered', 'settled', m.at + interval '2 seconds', 1
       from made m join place_of p on p.n = m.n)
     insert into identity (tenant_id, mailbox_id, uid, size, header_hash, canonical_hash, state, mail_id, created_at, closed_at)
     select p.tenant, p.box, 'uid' || m.seq, 8000, uuid_send(m.id), uuid_send(m.id), 'closed', m.id, m.at, m.at + interval '2 seconds'
     from made m join place_of p on p.n = m.n`,
    [done, count, all.mails, all.most],
  );
}

/** Mail that is due now: so many of each tenant, from the first one on. */
export async function addReady(client: pg.Client, tenants: number, each: number): Promise<void> {
  await client.query(
    `insert into body (tenant_id, complete, size, canonical_hash)
     select id, true, 500, sha256(slug::bytea) from tenant t where substr(slug, 2)::int <= $1
       and not exists (select 1 from body b where b.tenant_id = t.id and b.size = 500)`,
    [tenants],
  );
  await client.query(
    `with made as (
       insert into mail (tenant_id, kind, exchange_id, body_id, sender, subject, message_id, size, state, next_attempt_at)
       select t.id, 'collected', e.id, b.id, 'sender@elsewhere.example', 'Waiting ' || n, '<' || gen_random_uuid() || '@elsewhere.example>',
         500, 'ready', now() - interval '1 minute'
       from tenant t join exchange e on e.tenant_id = t.id join body b on b.tenant_id = t.id and b.erased_at is null and b.size = 500
       cross join generate_series(1, $2::int) n where substr(t.slug, 2)::int <= $1 returning tenant_id, id)
     insert into recipient (tenant_id, mail_id, address, original) select tenant_id, id, 'inbox@t.example', 'inbox@t.example' from made`,
    [tenants, each],
  );
  await client.query(
    "update ledger l set collected = collected + $2 from tenant t where t.id = l.tenant_id and substr(t.slug, 2)::int <= $1",
    [tenants, each],
  );
  await client.query(
    "update lane l set due_at = now() - interval '1 minute' from tenant t where t.id = l.tenant_id and substr(t.slug, 2)::int <= $1",
    [tenants],
  );
}

/** Mail of the second tenant that was refused for now and waits for its next attempt, in front of all that is added after it. */
export async function addDeferred(client: pg.Client, mails: number): Promise<void> {
  await client.query(
    `with b as (insert into body (tenant_id, complete) select id, true from tenant where slug = 't2' returning tenant_id, id)
     insert into mail (tenant_id, kind, exchange_id, body_id, size, state, next_attempt_at, attempts)
     select b.tenant_id, 'collected', e.id, b.id, 0, 'ready', now() + interval '10 minutes', 1
     from b join exchange e on e.tenant_id = b.tenant_id cross join generate_series(1, $1::int)`,
    [mails],
  );
  await client.query(
    "update ledger l set collected = collected + $1 from tenant t where t.id = l.tenant_id and t.slug = 't2'",
    [mails],
  );
}
