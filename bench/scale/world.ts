// An installation of many tenants in a real database: the rows that an import and months of work would have left, by statements
// over sets. Passwords are bound to tenant, row and field, so each is sealed by itself, as the portal does.
import type pg from "pg";
import { exchangeDefaults } from "@/domain/exchange/schema";
import { mailboxDefaults } from "@/domain/mailbox/schema";
import { type PublicKey, seal } from "@/lib/seal";

export interface WorldWish {
  tenants: number;
  /** of each tenant */
  mailboxes: number;
  sourcePort: number;
  sinkPort: number;
}

export const password = "a password of the bench";
/** The user name of the n-th mailbox, counted from 1. */
export const userOf = (n: number): string => `user${n}`;

/** `key` null: no mailbox has a password, since nobody will sign in. */
export async function makeWorld(client: pg.Client, key: PublicKey | null, wish: WorldWish): Promise<void> {
  await client.query(
    `insert into tenant (slug, name, time_zone, created_at)
     select 't' || n, 'Company ' || n, 'Europe/Berlin', now() - interval '90 days' from generate_series(1, $1::int) n`,
    [wish.tenants],
  );
  await client.query("insert into ledger (tenant_id) select id from tenant");
  await client.query(
    "insert into ledger_proof (tenant_id, sum_at, due_at) select id, now(), now() + random() * interval '9 minutes' from tenant",
  );
  await client.query(
    `insert into exchange (tenant_id, host, port, tls, postmaster, max_connections)
     select id, '127.0.0.1', $1, $2, 'postmaster@' || slug || '.example', $3 from tenant`,
    [wish.sinkPort, exchangeDefaults.tls, exchangeDefaults.maxConnections],
  );
  await client.query("insert into lane (tenant_id, exchange_id) select tenant_id, id from exchange");
  await makeMailboxes(client, wish);
  if (key) await sealPasswords(client, key);
  await spreadPolls(client);
}

/** Every mailbox was looked at within its last interval, and comes due within the next. */
export async function spreadPolls(client: pg.Client): Promise<void> {
  await client.query(
    `update mailbox_state s set due_at = m.at, last_poll_at = m.at - m.length, worked_at = m.at - m.length, good_poll_at = m.at - m.length
     from (select tenant_id, id, make_interval(secs => poll_seconds) as length,
         now() + random() * make_interval(secs => poll_seconds) as at from mailbox) m
     where m.tenant_id = s.tenant_id and m.id = s.mailbox_id`,
  );
  await client.query("vacuum (analyze)");
}

async function makeMailboxes(client: pg.Client, { mailboxes, sourcePort }: WorldWish): Promise<void> {
  await client.query(
    `insert into mailbox (tenant_id, name, protocol, host, port, tls, username, poll_seconds, timeout_seconds, recipient_mode,
       recipient_address)
     select t.id, 'Mailbox ' || n, 'pop3', '127.0.0.1', $2::int, 'off',
       'user' || ((substr(t.slug, 2)::int - 1) * $1::int + n), $3::int, $4::int, 'single', 'inbox' || n || '@' || t.slug || '.example'
     from tenant t cross join generate_series(1, $1::int) n`,
    [mailboxes, sourcePort, mailboxDefaults.pollSeconds, mailboxDefaults.timeoutSeconds],
  );
  await client.query(
    `insert into mailbox_state (tenant_id, mailbox_id, due_at, last_poll_at, last_result, worked_at, good_poll_at)
     select tenant_id, id, now(), now(), 'nothing-new', now(), now() from mailbox`,
  );
}

const atOnce = 50;

async function sealPasswords(client: pg.Client, key: PublicKey): Promise<void> {
  const { rows } = await client.query<{ tenant: string; id: string }>("select tenant_id as tenant, id from mailbox");
  for (let at = 0; at < rows.length; at += 5000) {
    const some = rows.slice(at, at + 5000);
    const sealed: Buffer[] = [];
    for (let n = 0; n < some.length; n += atOnce)
      sealed.push(
        ...(await Promise.all(
          some
            .slice(n, n + atOnce)
            .map(({ tenant, id }) => seal(key, password, { tenantId: tenant, rowId: id, field: "password" })),
        )),
      );
    await client.query(
      `insert into secret (tenant_id, row_id, field, key_id, sealed)
       select t, r, 'password', $3, s from unnest($1::uuid[], $2::uuid[], $4::bytea[]) as one (t, r, s)`,
      [some.map(({ tenant }) => tenant), some.map(({ id }) => id), key.keyId, sealed],
    );
  }
}
