// The end of a poll, in one transaction: what it came to, when the next one is, and the notice if people are to be told.
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { type ClaimedMailbox, type Release, releaseMailbox } from "./claim";
import { type After, afterPoll, type PollResult, works } from "./poll-result";

export interface PollEnd {
  result: PollResult;
  error: string | null;
  reply: string | null;
  collected: number;
  more: boolean;
  recheck: boolean;
  stop: { kind: string; reason: string } | null;
  listed: { count: number; bytes: number; epoch: string } | null;
  certificate: unknown;
  facts: Record<string, unknown>;
}

/** `now` is the database's clock. False: the lease was lost, and nothing was written. */
export async function endPoll(scope: TenantScope, claimed: ClaimedMailbox, end: PollEnd, now: Date): Promise<boolean> {
  const failed = !works(end.result);
  const incident = failed || claimed.failures > 0 ? await providerIncident(scope.db, claimed, failed) : false;
  const after = quiet(afterPoll(claimed, end, claimed.settings.pollSeconds, now), claimed, incident);
  return sqlInTenant(scope, async (sql) => {
    const { more: _more, ...rest } = end;
    const { notice, ...state } = after;
    const release: Release = { ...rest, ...state };
    if (!(await releaseMailbox(sql, claimed, release))) return false;
    if (end.stop) await addNotice(sql, claimed, "collecting-stopped", { ...end, error: end.stop.reason });
    else if (notice) await addNotice(sql, claimed, notice, end);
    return true;
  });
}

/** One incident of the platform, no notices to customers for an hour; what is still failing then is told. */
function quiet(after: After, before: ClaimedMailbox, incident: boolean): After {
  if (!incident || after.notice !== "collecting-stopped") return after;
  return { ...after, notice: null, toldStoppedAt: before.toldStoppedAt };
}

async function addNotice(
  sql: Sql,
  claimed: ClaimedMailbox,
  cause: "collecting-stopped" | "collecting-again",
  end: Pick<PollEnd, "result" | "error" | "reply">,
): Promise<void> {
  if (!claimed.notifyCollecting) return;
  const { name, host, username } = claimed.settings;
  const facts = {
    mailbox: name,
    host,
    username,
    result: end.result,
    meaning: cause === "collecting-again" ? "Collecting works again." : (end.error ?? "Collecting does not work."),
    remedy:
      cause === "collecting-again"
        ? "Nothing to do: what waited at the provider is being collected."
        : "The mail waits at the provider. Look at the mailbox's page and test it there.",
    reply: end.reply,
    since: claimed.failingSince?.toISOString() ?? null,
  };
  await sql.query(
    `insert into notice (tenant_id, kind, cause, mailbox_id, facts)
     values ($1::uuid, 'collecting', $2, $3::uuid, $4::jsonb)`,
    [claimed.tenantId, cause, claimed.mailboxId, JSON.stringify(facts)],
  );
}

const tenantsOfIncident = 5;

/**
 * Whether this host fails for five tenants within ten minutes, or did within the last hour: then it is the provider, and
 * the platform is told once. Across tenants on purpose; nothing of it reaches a tenant.
 */
async function providerIncident(db: Db, claimed: ClaimedMailbox, failed: boolean): Promise<boolean> {
  const { host } = claimed.settings;
  const cause = `provider:${host}`;
  const { rows } = await db.pool.query<{ tenants: number }>(
    `select count(distinct s.tenant_id)::int as tenants from mailbox_state s
     join mailbox m on m.tenant_id = s.tenant_id and m.id = s.mailbox_id
     where m.host = $1 and (s.last_result in ('refused', 'unreachable', 'error')
         and s.last_poll_at > now() - interval '10 minutes'
       or $2 and s.tenant_id = $3::uuid and s.mailbox_id = $4::uuid)`,
    [host, failed, claimed.tenantId, claimed.mailboxId],
  );
  const tenants = rows[0]?.tenants ?? 0;
  if (failed && tenants >= tenantsOfIncident)
    await db.pool.query(
      `insert into alert (cause, kind, text, facts) values ($1, 'provider', $2, $3::jsonb)
       on conflict (cause) where resolved_at is null do nothing`,
      [
        cause,
        `Mailboxes of ${tenants} tenants at ${host} can't be collected. Their mail waits there; Mailferry tries again.`,
        JSON.stringify({ host, tenants }),
      ],
    );
  if (!failed)
    await db.pool.query(
      `update alert set resolved_at = now() where cause = $1 and resolved_at is null and $2 < ${tenantsOfIncident}`,
      [cause, tenants],
    );
  const open = await db.pool.query(
    "select 1 from alert where cause = $1 and raised_at > now() - interval '1 hour' limit 1",
    [cause],
  );
  return open.rowCount !== 0;
}
