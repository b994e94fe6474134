// Claimed mailboxes as their sessions need them: settings, the password that belongs to them, and what earlier sessions left.
import { sqlOf } from "@/domain/scope";
import type { Db } from "@/lib/db";
import type { ClaimedMailbox } from "./claim";
import type { PollResult } from "./poll-result";
import type { MailboxSettings, RecipientSettings } from "./schema";

interface Lease {
  tenant_id: string;
  mailbox_id: string;
  lease_token: string;
}

interface Row extends Lease {
  [column: string]: unknown;
  now: Date;
  due_at: Date;
  time_zone: string;
  notify_collecting: boolean | null;
  recheck: boolean;
  last_result: PollResult | null;
  failures: number;
  failing_since: Date | null;
  told_stopped_at: Date | null;
  facts: Record<string, unknown>;
  restored_from: Date | null;
  restored_at: Date | null;
  restored_open: boolean;
  key_id: string | null;
  sealed: Uint8Array | null;
  version: number;
  name: string;
  protocol: MailboxSettings["protocol"];
  host: string;
  port: number;
  tls: MailboxSettings["tls"];
  certificate_rule: string;
  username: string;
  folder: string;
  poll_seconds: number;
  timeout_seconds: number;
  max_per_poll: number;
  start: string;
  reroute_unknown_to: string;
  after: MailboxSettings["after"];
  keep_days: number;
  renumber_limit: number;
  recipient_mode: string;
  recipient_address: string;
  recipient_headers: string[];
  recipient_domains: string[];
  recipient_own: string[];
  recipient_nobody: string;
}

/**
 * Those that are still held by these tokens. Settings and password are of one instant, since they are asked for in one statement: a
 * password that was saved together with another host must never go to the host before it.
 */
export async function readClaimed(db: Db, leases: Lease[]): Promise<ClaimedMailbox[]> {
  if (leases.length === 0) return [];
  const rows = await sqlOf(db.pool).query<Row>(
    `select s.tenant_id, s.mailbox_id, s.lease_token, now() as now, s.due_at, t.time_zone, e.notify_collecting,
       s.recheck, s.last_result, s.failures, s.failing_since, s.told_stopped_at, s.facts, s.restored_from,
       s.restored_at, s.restored_open, x.key_id, x.sealed, m.version, m.name, m.protocol, m.host, m.port, m.tls,
       m.certificate as certificate_rule, m.username, m.folder, m.poll_seconds, m.timeout_seconds, m.max_per_poll, m.start,
       m.reroute_unknown_to, m.after, m.keep_days, m.renumber_limit, m.recipient_mode, m.recipient_address,
       m.recipient_headers, m.recipient_domains, m.recipient_own, m.recipient_nobody
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) l (tenant_id, mailbox_id, token)
     join mailbox_state s on s.tenant_id = l.tenant_id and s.mailbox_id = l.mailbox_id and s.lease_token = l.token
     join mailbox m on m.tenant_id = s.tenant_id and m.id = s.mailbox_id
     join tenant t on t.id = s.tenant_id
     left join exchange e on e.tenant_id = s.tenant_id
     left join secret x on x.tenant_id = s.tenant_id and x.row_id = s.mailbox_id and x.field = 'password'`,
    [
      leases.map(({ tenant_id }) => tenant_id),
      leases.map(({ mailbox_id }) => mailbox_id),
      leases.map(({ lease_token }) => lease_token),
    ],
  );
  return rows.map(claimedOf);
}

const claimedOf = (row: Row): ClaimedMailbox => ({
  tenantId: row.tenant_id,
  mailboxId: row.mailbox_id,
  token: row.lease_token,
  claimedAt: row.now,
  dueAt: row.due_at,
  timeZone: row.time_zone,
  settings: settingsOf(row),
  version: row.version,
  sealed: row.key_id && row.sealed ? { keyId: row.key_id, value: row.sealed } : null,
  recheck: row.recheck,
  lastResult: row.last_result,
  failures: row.failures,
  failingSince: row.failing_since,
  toldStoppedAt: row.told_stopped_at,
  notifyCollecting: row.notify_collecting ?? false,
  facts: row.facts,
  restored:
    row.restored_from && row.restored_at
      ? { from: row.restored_from, at: row.restored_at, open: row.restored_open }
      : null,
});

const settingsOf = (row: Row): MailboxSettings => ({
  name: row.name,
  paused: false,
  protocol: row.protocol,
  host: row.host,
  port: row.port,
  tls: row.tls,
  certificate: row.certificate_rule,
  username: row.username,
  folder: row.folder,
  pollSeconds: row.poll_seconds,
  timeoutSeconds: row.timeout_seconds,
  maxPerPoll: row.max_per_poll,
  start: row.start,
  rerouteUnknownTo: row.reroute_unknown_to,
  after: row.after,
  keepDays: row.keep_days,
  renumberLimit: row.renumber_limit,
  recipients: recipientsOf(row),
});

export const recipientsOf = (
  row: Pick<
    Row,
    | "recipient_mode"
    | "recipient_address"
    | "recipient_headers"
    | "recipient_domains"
    | "recipient_own"
    | "recipient_nobody"
  >,
): RecipientSettings =>
  row.recipient_mode === "single"
    ? { mode: "single", address: row.recipient_address }
    : {
        mode: "headers",
        headers: row.recipient_headers,
        domains: row.recipient_domains,
        own: row.recipient_own,
        nobody: row.recipient_nobody,
      };
