// Reads what is known for preparing a tenant's Exchange: who greets whom how, and the headers of the newest mails.
import { exchangeIn } from "@/domain/exchange/store";
import { knownDomains } from "@/domain/message/known-domains";
import { inTenant, type Sql, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { type Headers, parseHeaders } from "@/mail/headers";
import { ipAddressIn } from "@/mail/ip-address";
import type { PrepareFacts, WorkerSeen } from "./facts";
import { hopsOf, type SeenMail } from "./hops";
import { spamMarkIn } from "./spam-mark";

const perMailbox = 20;
const inAll = 80;
/** Headers beyond this are not looked at: the hops stand at the top. */
const headerOctets = 16 * 1024;

export async function prepareFacts(scope: TenantScope): Promise<PrepareFacts> {
  const domains = await knownDomains(scope);
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    const exchange = await exchangeIn(tx, scope);
    const where = exchange ? { host: exchange.settings.host, port: exchange.settings.port } : null;
    const [test, workers] = [await newestTest(sql, scope, where), await workersSeen(sql, scope, where)];
    const mails = await newestMails(sql, scope);
    const hosts = await sql.query<{ name: string; host: string }>(
      "select name, host from mailbox where tenant_id = $1::uuid order by name",
      [scope.tenantId],
    );
    return {
      server: exchange && {
        ...{ host: exchange.settings.host, port: exchange.settings.port, username: exchange.settings.username },
        ...{ maxConnections: exchange.settings.maxConnections, acceptsUnknown: exchange.acceptsUnknown },
      },
      workers: workers.length > 0 || !exchange?.lane.greetsUs ? workers : [unnamed(exchange.lane.greetsUs, exchange)],
      ...{ test, domains, looked: mails.length },
      hops: hopsOf(mails, hosts),
      spam: spamMarkIn(mails.map(({ headers }) => headers)),
      largest: mails.reduce((most, { size }) => Math.max(most, size), 0),
      tooLarge: await tooLarge(sql, scope),
    };
  });
}

type Where = { host: string; port: number } | null;

/** A test counts for the server it was made with; before one is saved, any does. */
const sameServer = `($2::text is null or input -> 'settings' ->> 'host' = $2
  and input -> 'settings' ->> 'port' = $3)`;
const values = ({ tenantId }: TenantScope, where: Where) => [tenantId, where?.host ?? null, String(where?.port ?? "")];

async function newestTest(sql: Sql, scope: TenantScope, where: Where): Promise<PrepareFacts["test"]> {
  const [row] = await sql.query<{ at: Date; ok: boolean; finding: string; sentence: string; size: number | null }>(
    `select finished_at as at, coalesce((verdict ->> 'ok')::boolean, false) as ok,
       coalesce(verdict -> 'facts' ->> 'case', '') as finding, coalesce(verdict ->> 'sentence', '') as sentence,
       (verdict -> 'facts' ->> 'sizeLimit')::float8 as size
     from probe where tenant_id = $1::uuid and kind = 'exchange' and state = 'done' and verdict is not null and ${sameServer}
     order by finished_at desc limit 1`,
    values(scope, where),
  );
  return row ? { at: row.at, ok: row.ok, finding: row.finding, sentence: row.sentence, sizeLimit: row.size } : null;
}

/** Each worker once, by its newest test or connection. */
async function workersSeen(sql: Sql, scope: TenantScope, where: Where): Promise<WorkerSeen[]> {
  const rows = await sql.query<{ worker: string; greeting: string; at: Date }>(
    `select distinct on (worker) worker, greeting, at from (
       select worker, verdict -> 'facts' ->> 'greetsUs' as greeting, finished_at as at
       from probe where tenant_id = $1::uuid and kind = 'exchange' and state in ('done', 'stopped') and ${sameServer}
       union all
       select g.worker, g.greets_us, g.seen_at from lane_greeting g
         join lane l on l.tenant_id = g.tenant_id and l.exchange_id = g.exchange_id and l.settings_epoch = g.settings_epoch
       where g.tenant_id = $1::uuid and g.seen_at > now() - interval '14 days') seen
     where worker is not null and greeting <> ''
     order by worker, at desc`,
    values(scope, where),
  );
  return rows.map(({ worker, greeting, at }) => ({ worker, greeting, at, address: ipAddressIn(greeting) }));
}

/** A connection of a version that did not yet write down whose it was. */
const unnamed = (
  greeting: string,
  { lane, updatedAt }: { lane: { lastAcceptedAt: Date | null }; updatedAt: Date },
) => ({
  ...{ worker: null, greeting, address: ipAddressIn(greeting), at: lane.lastAcceptedAt ?? updatedAt },
});

interface MailRow {
  id: string;
  collected_at: Date;
  sender: string;
  size: number;
  mailbox: string | null;
  host: string | null;
  prefix: number;
  data: Uint8Array;
}

/** The newest of each mailbox whose bytes are still here, newest first. */
async function newestMails(
  sql: Sql,
  { tenantId }: TenantScope,
): Promise<(SeenMail & { headers: Headers; size: number })[]> {
  const rows = await sql.query<MailRow>(
    `select m.id, m.collected_at, m.sender, m.size::float8 as size, b.name as mailbox, b.host,
       d.prefix_length as prefix, substring(c.data from 1 for least(d.header_length, $4::int)) as data
     from (select *, row_number() over (partition by mailbox_id order by seq desc) as nth
         from (select id, seq, mailbox_id, body_id, collected_at, sender, size from mail
           where tenant_id = $1::uuid and kind = 'collected' order by seq desc limit 400) newest) m
       join body d on d.tenant_id = $1::uuid and d.id = m.body_id and d.complete and d.erased_at is null
       join body_chunk c on c.tenant_id = $1::uuid and c.body_id = d.id and c.n = 0
       left join mailbox b on b.tenant_id = $1::uuid and b.id = m.mailbox_id
     where m.nth <= $2::int order by m.seq desc limit $3::int`,
    [tenantId, perMailbox, inAll, headerOctets],
  );
  return rows.map((row) => {
    const headers = parseHeaders(Buffer.from(row.data).subarray(row.prefix));
    return {
      ...{ id: row.id, collectedAt: row.collected_at, size: row.size, headers },
      ...{ mailbox: row.mailbox ?? "a removed mailbox", mailboxHost: row.host ?? "" },
      senderDomain: row.sender.slice(row.sender.lastIndexOf("@") + 1).toLowerCase(),
      received: headers.all("Received"),
    };
  });
}

async function tooLarge(sql: Sql, { tenantId }: TenantScope): Promise<PrepareFacts["tooLarge"]> {
  const [row] = await sql.query<{ mails: number; largest: number }>(
    `select count(*)::int as mails, coalesce(max(size), 0)::float8 as largest from mail
     where tenant_id = $1::uuid and place = 'badmail' and reason_kind = 'too-large'`,
    [tenantId],
  );
  return row ?? { mails: 0, largest: 0 };
}
