// A probe's life on the worker's side: claimed once, its conversation written line by line, finished with a verdict.

import type { ExchangeSettings } from "@/domain/exchange/schema";
import { changed } from "@/domain/live/changed";
import type { ProbeInput, ProbeLine, ProbeVerdict } from "@/domain/probe/schema";
import { sqlTransaction, type TenantScope } from "@/domain/scope";
import { removeSecret } from "@/domain/secret/store";
import type { Db } from "@/lib/db";

export interface ClaimedProbe {
  tenantId: string;
  id: string;
  /** whose workers run it; a tenant that moved meanwhile is another site's */
  site: string;
  /** the saved server or mailbox whose values are tested; null for a new one */
  subjectId: string | null;
  input: ProbeInput;
  token: string;
  requestedBy: string;
}

export type ProbeEnd = "done" | "stopped" | "failed";

/** Nobody watches a test that was asked for this long ago: it is not run any more. */
export const staleMinutes = 10;
/**
 * A look waits for those before it. One worker has room for four at once, each of two minutes at most: 75 minutes for three
 * tenants with rounds of 50 mailboxes that are all silent, and some more.
 */
const staleLookMinutes = 120;

/** So many mailboxes of one tenant are looked into at once, by all workers together. */
const looksOfTenant = 2;

const look = (p: string) => `${p}.input ->> 'countOnly' is not distinct from 'true'`;
const stale = (p: string) =>
  `${p}.requested_at <= now() - make_interval(mins => case when ${look(p)} then ${staleLookMinutes} else ${staleMinutes} end)`;

/**
 * The oldest waiting test of my sites; when there is none, a look of the tenant that has the fewest under way. Of a tenant's
 * looks only the first can be claimed, so that two workers can't go past the bound together. A second worker finds another
 * one, or none.
 */
export async function claimProbe(
  db: Db,
  claim: { sites: string[]; worker: string; leaseSeconds: number; looks?: boolean },
): Promise<ClaimedProbe | null> {
  const { rows } = await db.pool.query<{
    tenant_id: string;
    id: string;
    site: string;
    subject_id: string | null;
    input: ProbeInput;
    lease_token: string;
    requested_by: string;
  }>(
    `update probe p set state = 'running', worker = $2, lease_token = gen_random_uuid(),
       lease_until = now() + make_interval(secs => $3)
     from (select w.tenant_id, w.id from probe w cross join lateral (
         select count(*) as n from probe r where r.tenant_id = w.tenant_id and r.state = 'running' and ${look("r")}) going
       where w.site = any ($1) and w.state = 'waiting' and not w.stop_requested and not ${stale("w")}
         and (not ${look("w")} or $4 and going.n < ${looksOfTenant} and not exists (
           select 1 from probe b where b.tenant_id = w.tenant_id and b.state = 'waiting' and not b.stop_requested
             and ${look("b")} and not ${stale("b")} and (b.requested_at, b.id) < (w.requested_at, w.id)))
       order by ${look("w")}, case when ${look("w")} then going.n else 0 end, w.requested_at, w.id
       limit 1 for update of w skip locked) due
     where p.tenant_id = due.tenant_id and p.id = due.id
     returning p.tenant_id, p.id, p.site, p.subject_id, p.input, p.lease_token, p.requested_by`,
    [claim.sites, claim.worker, claim.leaseSeconds, claim.looks ?? true],
  );
  const row = rows[0];
  if (row) changed(db, row.tenant_id, "test");
  return row
    ? {
        tenantId: row.tenant_id,
        id: row.id,
        site: row.site,
        subjectId: row.subject_id,
        input: row.input,
        token: row.lease_token,
        requestedBy: row.requested_by,
      }
    : null;
}

/** Ends probes that nobody runs: their worker fell silent, they were stopped before they began, or waited too long. */
export async function endLostProbes(db: Db): Promise<number> {
  const verdict = (sentence: string) => JSON.stringify({ ok: false, sentence, facts: {} });
  const { rows } = await db.pool.query<{ n: number }>(
    `with ended as (
       update probe p set finished_at = now(), lease_token = null, lease_until = null,
         state = case when state = 'waiting' and stop_requested then 'stopped' else 'failed' end,
         verdict = case when state = 'running' then $1::jsonb when stop_requested then $2::jsonb
           when ${look("p")} then $4::jsonb else $3::jsonb end
       where (state = 'running' and lease_until < now()) or (state = 'waiting' and (stop_requested or ${stale("p")}))
       returning tenant_id, id),
     gone as (delete from secret s using ended e where s.tenant_id = e.tenant_id and s.row_id = e.id),
     stopped as (delete from secret s using probe p
       where p.state = 'stopped' and p.lease_token is null and s.tenant_id = p.tenant_id and s.row_id = p.id)
     select count(*)::int as n from ended`,
    [
      verdict("The worker that ran this test stopped in the middle. Start the test again."),
      verdict("You stopped the test before it began."),
      verdict("No worker took this test within 10 minutes. Check that a worker runs for this site, then test again."),
      verdict("Its turn did not come within two hours."),
    ],
  );
  return rows[0]?.n ?? 0;
}

/** Keeps the lease; tells whether people asked to stop. `mine: false`: somebody ended it meanwhile. */
export async function beatProbe(
  db: Db,
  probe: ClaimedProbe,
  leaseSeconds: number,
): Promise<{ mine: boolean; stop: boolean }> {
  const { rows } = await db.pool.query<{ stop_requested: boolean }>(
    `update probe set lease_until = now() + make_interval(secs => $4)
     where tenant_id = $1::uuid and id = $2::uuid and lease_token = $3::uuid and state = 'running'
     returning stop_requested`,
    [probe.tenantId, probe.id, probe.token, leaseSeconds],
  );
  return { mine: rows.length > 0, stop: rows[0]?.stop_requested ?? true };
}

/** Lines in their order, in one statement; none once the lease is somebody else's. */
export async function appendLines(db: Db, probe: ClaimedProbe, lines: ProbeLine[]): Promise<void> {
  if (lines.length === 0) return;
  await db.pool.query(
    `insert into probe_line (tenant_id, probe_id, n, ms, kind, text, facts)
     select $1::uuid, $2::uuid, x.n, x.ms, x.kind, x.text, x.facts
     from jsonb_to_recordset($4::jsonb) as x(n int, ms int, kind text, text text, facts jsonb)
     where exists (select 1 from probe where tenant_id = $1::uuid and id = $2::uuid and lease_token = $3::uuid)`,
    [probe.tenantId, probe.id, probe.token, JSON.stringify(lines)],
  );
  changed(db, probe.tenantId, "test");
}

/** The verdict, and the end of a password that was typed for this test. */
export async function finishProbe(scope: TenantScope, probe: ClaimedProbe, end: ProbeEnd, verdict: ProbeVerdict) {
  await sqlTransaction(scope.db.pool, async (sql) => {
    await sql.query(
      `update probe set state = $4, verdict = $5::jsonb, finished_at = now(), lease_token = null, lease_until = null
       where tenant_id = $1::uuid and id = $2::uuid and lease_token = $3::uuid`,
      [scope.tenantId, probe.id, probe.token, end, JSON.stringify(verdict)],
    );
    await removeSecret(sql, scope, probe.id, "password");
  });
  changed(scope.db, scope.tenantId, "test");
}

/** What the unknown-address test found out, shown beside its box; only when it asked the saved server. */
export async function rememberAcceptsUnknown(
  scope: TenantScope,
  exchangeId: string,
  { host, port, postmaster }: Pick<ExchangeSettings, "host" | "port" | "postmaster">,
  accepts: boolean,
): Promise<void> {
  await scope.db.pool.query(
    `update exchange set accepts_unknown = $6
     where tenant_id = $1::uuid and id = $2::uuid and host = $3 and port = $4 and postmaster = $5`,
    [scope.tenantId, exchangeId, host, port, postmaster, accepts],
  );
}
