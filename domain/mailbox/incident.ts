// An incident of a provider: mailboxes of five tenants that fail at one host within ten minutes are one trouble, not five.
// The platform is told once, customers are not told for an hour, and the mailboxes that failed take turns: one sign-in
// every few minutes is the probe, and its success wakes all. Across tenants on purpose; what pages may say of it is in
// incident-seen.ts.
import type { Db } from "@/lib/db";
import type { ClaimedMailbox } from "./claim";
import type { PollResult } from "./poll-result";

const tenantsOfIncident = 5;
const probeEverySeconds = 300;

const failing = "('refused', 'unreachable', 'error')";
/** A lock, or too many sign-ins, is no sign of an incident. */
export const failsAtHost = (result: PollResult | null): boolean =>
  result === "refused" || result === "unreachable" || result === "error";

const causeOf = ({ settings }: ClaimedMailbox) => `provider:${settings.host}`;

/**
 * Notes the failure. While an incident is on: when this mailbox's turn to be the probe comes, in seconds. Else null.
 *
 * What is asked here is asked at each failed poll, and of a large provider's outage there are as many as it has mailboxes. So those
 * that fail are found by an index of them (mailbox_failing), the last one in the row first.
 */
export async function noteFailure(db: Db, claimed: ClaimedMailbox): Promise<number | null> {
  const cause = causeOf(claimed);
  const tenants = await tenantsFailing(db, claimed);
  if (tenants >= tenantsOfIncident && (await raise(db, claimed, tenants))) await takeTurns(db, claimed);
  const { rows } = await db.pool.query<{ seconds: number }>(
    `select ceil(extract(epoch from least(a.raised_at + interval '1 hour',
         greatest(now(), (select s.due_at from mailbox_state s
           join mailbox m on m.tenant_id = s.tenant_id and m.id = s.mailbox_id
           where m.host = $2 and s.state = 'active' and s.last_result in ${failing} and s.mailbox_id <> $3::uuid
             and s.due_at is not null
           order by s.due_at desc limit 1))
         + make_interval(secs => $4)) - now()))::int as seconds
     from alert a where a.cause = $1 and a.resolved_at is null and a.raised_at > now() - interval '1 hour'`,
    [cause, claimed.settings.host, claimed.mailboxId, probeEverySeconds],
  );
  return rows[0] ? Math.max(60, rows[0].seconds) : null;
}

/** A mailbox that failed works again: the incident of its host is over, and those that wait for it are due at once. */
export async function noteSuccess(db: Db, claimed: ClaimedMailbox): Promise<void> {
  const over = await db.pool.query("update alert set resolved_at = now() where cause = $1 and resolved_at is null", [
    causeOf(claimed),
  ]);
  if (!over.rowCount) return;
  await db.pool.query(
    `update mailbox_state s set due_at = now() from mailbox m
     where m.tenant_id = s.tenant_id and m.id = s.mailbox_id and m.host = $1 and s.state = 'active'
       and s.last_result in ${failing} and s.due_at > now() and s.mailbox_id <> $2::uuid`,
    [claimed.settings.host, claimed.mailboxId],
  );
}

/** Over too where nobody is left who fails: the mailboxes were paused, removed or moved to another host. */
export async function endEmptyIncidents(db: Db): Promise<number> {
  const over = await db.pool.query(
    `update alert a set resolved_at = now() where a.kind = 'provider' and a.resolved_at is null
       and not exists (select 1 from mailbox_state s join mailbox m on m.tenant_id = s.tenant_id and m.id = s.mailbox_id
         join tenant t on t.id = s.tenant_id and t.state = 'active'
         where m.host = a.facts ->> 'host' and s.state = 'active' and s.last_result in ${failing})`,
  );
  return over.rowCount ?? 0;
}

/**
 * Tenants that failed here in the last ten minutes, this one included; what an incident that is over left does not count. While
 * one is on the others need not be counted.
 */
async function tenantsFailing(db: Db, claimed: ClaimedMailbox): Promise<number> {
  const { rows } = await db.pool.query<{ tenants: number }>(
    `select count(*)::int as tenants from (
       select m.tenant_id from mailbox m where m.tenant_id = $2::uuid and m.id = $3::uuid and m.host = $1
       union
       select s.tenant_id from mailbox_state s join mailbox m on m.tenant_id = s.tenant_id and m.id = s.mailbox_id
       where m.host = $1 and s.last_result in ${failing} and s.last_poll_at > now() - interval '10 minutes'
         and s.last_poll_at > coalesce((select max(a.resolved_at) from alert a where a.kind = 'provider' and a.cause = $4), '-infinity')
         and not exists (select 1 from alert a where a.cause = $4 and a.resolved_at is null)) failed`,
    [claimed.settings.host, claimed.tenantId, claimed.mailboxId, causeOf(claimed)],
  );
  return rows[0]?.tenants ?? 0;
}

async function raise(db: Db, claimed: ClaimedMailbox, tenants: number): Promise<boolean> {
  const { host } = claimed.settings;
  const text = `Mailboxes of ${tenants} tenants at ${host} can't be collected. Their mail waits there; Mailferry tries again.`;
  const raised = await db.pool.query(
    `insert into alert (cause, kind, text, facts) values ($1, 'provider', $2, $3::jsonb)
     on conflict (cause) where resolved_at is null do nothing`,
    [causeOf(claimed), text, JSON.stringify({ host, tenants })],
  );
  return raised.rowCount === 1;
}

/** Who failed here waits in a row. Nobody waits longer than the hour after which each is its own trouble again. */
async function takeTurns(db: Db, claimed: ClaimedMailbox): Promise<void> {
  await db.pool.query(
    `update mailbox_state s
     set due_at = now() + least(interval '1 hour', turn.n * make_interval(secs => $3))
     from (select w.tenant_id, w.mailbox_id, row_number() over (order by w.due_at, w.mailbox_id) as n
       from mailbox_state w join mailbox m on m.tenant_id = w.tenant_id and m.id = w.mailbox_id
       where m.host = $1 and w.state = 'active' and w.last_result in ${failing} and w.mailbox_id <> $2::uuid
         and (w.lease_until is null or w.lease_until <= now())) turn
     where s.tenant_id = turn.tenant_id and s.mailbox_id = turn.mailbox_id`,
    [claimed.settings.host, claimed.mailboxId, probeEverySeconds],
  );
}
