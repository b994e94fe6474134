// Routing's rows: takes mails that were received, writes their recipients, copies, events and notices, and wakes the lane. Most mail
// doesn't come this way: what store-intake.ts finds plain is ready from the beginning.
import { changed } from "@/domain/live/changed";
import { type Place, places } from "@/domain/message/place";
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
import type { Db } from "@/lib/db";
import type { Decision } from "./route";
import type { Rule } from "./schema";
import { insertCopy, mergesOf } from "./store-copies";
import { tellJourneys } from "./store-journey";
import { decisionFor, type RoutingMail, routingColumns } from "./store-mail";
import { rulesOf } from "./store-rules";

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

/** Routes up to `limit` mails in the order of their arrival, in one transaction. Returns how many. */
export async function routeBatch(scope: TenantScope, limit = 50): Promise<number> {
  const routed = await sqlInTenant(scope, async (sql) => {
    // One router per tenant: two copies of a mail, routed at the same moment, would not see each other.
    await sql.query("select pg_advisory_xact_lock(hashtextextended('route ' || $1::text, 0))", [scope.tenantId]);
    const mails = await takeReceived(sql, scope.tenantId, limit);
    if (mails.length === 0) return 0;
    const rules = await rulesOf(sql, scope.tenantId);
    let waiting = false;
    for (const run of runsOf(mails)) waiting = (await routeRun(sql, scope.tenantId, run, rules)) || waiting;
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

/**
 * In runs, each in a handful of statements whatever its length: a mail alone costs five, and there are many. No run has two copies
 * of a message: the second is merged into what is written of the first.
 */
function runsOf(mails: Received[]): Received[][] {
  const runs: Received[][] = [];
  let names = new Set<string>();
  for (const mail of mails) {
    const run = runs.at(-1);
    if (!run || names.has(mail.message_id)) {
      runs.push([mail]);
      names = new Set();
    } else run.push(mail);
    if (mail.message_id !== "") names.add(mail.message_id);
  }
  return runs;
}

/** True when something of them waits for the lane now. */
async function routeRun(sql: Sql, tenantId: string, mails: Received[], rules: Rule[]): Promise<boolean> {
  const decided = mails.map((mail): Decided => ({ mail, decision: decisionFor(mail, rules) }));
  const merges = await mergesOf(sql, tenantId, decided);
  const routed = decided.map((one): Routed => ({ ...one, merged: merges.get(one.mail.id) ?? new Map() }));
  await insertRecipients(sql, tenantId, routed);
  for (const { mail, decision } of routed)
    for (const copy of decision.copies) await insertCopy(sql, tenantId, mail, copy);
  const became = await moveMails(sql, tenantId, routed);
  await tellJourneys(sql, tenantId, routed);
  return became.includes("waiting") || routed.some(({ decision }) => decision.copies.length > 0);
}

interface Decided {
  mail: Received;
  decision: Decision;
}
interface Routed extends Decided {
  /** address in lower case → the mail that it is merged into */
  merged: Map<string, string>;
}

/** Ready, or settled where nobody of it waits, as `settlePlace` would have it: each mail is written once. */
async function moveMails(sql: Sql, tenantId: string, routed: Routed[]): Promise<Place[]> {
  const rows = routed.map(({ mail, decision: { leftOut, rules, copies, held } }) => ({
    id: mail.id,
    lane: mail.exchange_id,
    reroute: mail.reroute_unknown_to ?? "",
    route: { leftOut, rules, copies },
    kind: held?.reasonKind ?? null,
    reason: held?.reason ?? null,
  }));
  const place = "coalesce(f.place, case when r.kind is null then m.place else 'held' end)";
  const moved = await sql.query<{ place: Place }>(
    `update mail m set exchange_id = r.lane, reroute_to = r.reroute, route = r.route, next_attempt_at = now(),
       reason_kind = coalesce(r.kind, m.reason_kind), reason = coalesce(r.reason, m.reason), place = ${place},
       state = case when ${place} = 'waiting' then 'ready' else 'settled' end,
       settled_at = case when ${place} = 'waiting' then null else coalesce(m.settled_at, now()) end
     from jsonb_to_recordset($2::jsonb) as r (id uuid, lane uuid, reroute text, route jsonb, kind text, reason text)
     cross join lateral (
       select (array_agg(x.place order by array_position($3::text[], x.place)))[1] as place
       from recipient x where x.tenant_id = $1::uuid and x.mail_id = r.id) f
     -- The array finds them by their key, whatever the statistics say.
     where m.tenant_id = $1::uuid and m.id = any ($4::uuid[]) and m.id = r.id
     returning m.place`,
    [tenantId, storedJson(rows), places, rows.map(({ id }) => id)],
  );
  return moved.map((row) => row.place);
}

async function insertRecipients(sql: Sql, tenantId: string, routed: Routed[]): Promise<void> {
  const rows = routed.flatMap(({ mail, decision, merged }) =>
    decision.recipients.map((one) => {
      const into = merged.get(one.address.toLowerCase()) ?? null;
      const place = into ? "merged" : one.place;
      return { ...one, mail: mail.id, place, into, decided: place !== "waiting" };
    }),
  );
  if (rows.length === 0) return;
  await sql.query(
    `insert into recipient (tenant_id, mail_id, address, original, via, place, reason_kind, reason, merged_into, decided_at)
     select $1::uuid, r.mail, r.address, r.original, r.via, r.place, r."reasonKind", r.reason, r."into",
       case when r.decided then now() end
     from jsonb_to_recordset($2::jsonb) as r (mail uuid, address text, original text, via text, place text,
       "reasonKind" text, reason text, "into" uuid, decided boolean)`,
    [tenantId, storedJson(rows)],
  );
}

/** What is due among all tenants stands in the lane's row; the notification is only a hint. */
async function wakeLane(sql: Sql, tenantId: string): Promise<void> {
  await sql.query("update lane set due_at = least(coalesce(due_at, now()), now()) where tenant_id = $1::uuid", [
    tenantId,
  ]);
  await sql.query("select pg_notify('mailferry', 'lane')");
}
