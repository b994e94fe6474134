// Routing's rows: takes mails that were received, writes their recipients, copies, events and notices, and wakes the lane.
import { changed } from "@/domain/live/changed";
import { settlePlace } from "@/domain/message/place";
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";
import type { RoutedRecipient } from "./route";
import { type Rule, rule } from "./schema";
import { insertCopy, mergesOf } from "./store-copies";
import { tellJourney } from "./store-journey";
import { decisionFor, type RoutingMail, routingColumns } from "./store-mail";

/** Tenants of these sites that have mail to route and a server to route it to. */
export async function tenantsToRoute(db: Db, sites: string[], limit = 100): Promise<string[]> {
  const { rows } = await db.pool.query<{ tenant_id: string }>(
    `select t.id as tenant_id from tenant t
     where t.site = any ($1::text[]) and exists (select 1 from exchange e where e.tenant_id = t.id)
       and exists (select 1 from mail m where m.tenant_id = t.id and m.state = 'received')
     limit $2`,
    [sites, limit],
  );
  return rows.map((row) => row.tenant_id);
}

/** The rules in their order, as routing and the test of a mailbox apply them. */
export const readRules = (scope: TenantScope): Promise<Rule[]> =>
  sqlInTenant(scope, (sql) => rulesOf(sql, scope.tenantId));

/** Routes up to `limit` mails in the order of their arrival, in one transaction. Returns how many. */
export async function routeBatch(scope: TenantScope, limit = 50): Promise<number> {
  const routed = await sqlInTenant(scope, async (sql) => {
    // One router per tenant: two copies of a mail, routed at the same moment, would not see each other.
    await sql.query("select pg_advisory_xact_lock(hashtextextended('route ' || $1::text, 0))", [scope.tenantId]);
    const mails = await takeReceived(sql, scope.tenantId, limit);
    if (mails.length === 0) return 0;
    const rules = await rulesOf(sql, scope.tenantId);
    let waiting = false;
    for (const mail of mails) waiting = (await routeOne(sql, scope.tenantId, mail, rules)) || waiting;
    if (waiting) await wakeLane(sql, scope.tenantId);
    return mails.length;
  });
  if (routed > 0) changed(scope.db, scope.tenantId, "mail");
  return routed;
}

interface Received extends RoutingMail {
  exchange_id: string;
  message_id: string;
  own_message_id: boolean;
  content_hash: Buffer | null;
  reroute_unknown_to: string | null;
}

const takeReceived = (sql: Sql, tenantId: string, limit: number) =>
  sql.query<Received>(
    `select ${routingColumns}, e.id as exchange_id, m.message_id, m.own_message_id, m.content_hash, x.reroute_unknown_to
     from mail m
     join exchange e on e.tenant_id = m.tenant_id
     left join mailbox x on x.tenant_id = m.tenant_id and x.id = m.mailbox_id
     where m.tenant_id = $1::uuid and m.state = 'received' and m.kind = 'collected'
     order by m.seq limit $2 for update of m skip locked`,
    [tenantId, limit],
  );

async function rulesOf(sql: Sql, tenantId: string): Promise<Rule[]> {
  const rows = await sql.query<{ name: string; conditions: unknown; outcome: unknown; continues: boolean }>(
    "select name, conditions, outcome, continues from rule where tenant_id = $1::uuid order by position, name",
    [tenantId],
  );
  return rows.map((row) =>
    rule.parse({ name: row.name, when: row.conditions, then: row.outcome, continue: row.continues }),
  );
}

/** True when something of it waits for the lane now. */
async function routeOne(sql: Sql, tenantId: string, mail: Received, rules: Rule[]): Promise<boolean> {
  const decision = decisionFor(mail, rules);
  const merged = await mergesOf(sql, tenantId, mail, decision.recipients);
  await insertRecipients(sql, tenantId, mail.id, decision.recipients, merged);
  for (const copy of decision.copies) await insertCopy(sql, tenantId, mail, copy);
  await sql.query(
    `update mail set exchange_id = $3::uuid, state = 'ready', next_attempt_at = now(), reroute_to = $4, route = $5::jsonb,
       place = case when $6::text is null then place else 'held' end,
       reason_kind = coalesce($6, reason_kind), reason = coalesce($7, reason)
     where tenant_id = $1::uuid and id = $2::uuid`,
    [
      tenantId,
      mail.id,
      mail.exchange_id,
      mail.reroute_unknown_to ?? "",
      JSON.stringify({ leftOut: decision.leftOut, rules: decision.rules, copies: decision.copies }),
      decision.held?.reasonKind ?? null,
      decision.held?.reason ?? null,
    ],
  );
  const place = await settlePlace(sql, tenantId, mail.id);
  await tellJourney(sql, tenantId, mail, decision, merged);
  return place === "waiting" || decision.copies.length > 0;
}

async function insertRecipients(
  sql: Sql,
  tenantId: string,
  mailId: string,
  recipients: RoutedRecipient[],
  merged: Map<string, string>,
): Promise<void> {
  const rows = recipients.map((one) => {
    const into = merged.get(one.address.toLowerCase()) ?? null;
    const place = into ? "merged" : one.place;
    return { ...one, place, into, decided: place !== "waiting" };
  });
  await sql.query(
    `insert into recipient (tenant_id, mail_id, address, original, via, place, reason_kind, reason, merged_into, decided_at)
     select $1::uuid, $2::uuid, r.address, r.original, r.via, r.place, r."reasonKind", r.reason, r."into",
       case when r.decided then now() end
     from jsonb_to_recordset($3::jsonb) as r (address text, original text, via text, place text, "reasonKind" text,
       reason text, "into" uuid, decided boolean)`,
    [tenantId, mailId, JSON.stringify(rows)],
  );
}

/** What is due among all tenants stands in the lane's row; the notification is only a hint. */
async function wakeLane(sql: Sql, tenantId: string): Promise<void> {
  await sql.query("update lane set due_at = least(coalesce(due_at, now()), now()) where tenant_id = $1::uuid", [
    tenantId,
  ]);
  await sql.query("select pg_notify('mailferry', 'lane')");
}
