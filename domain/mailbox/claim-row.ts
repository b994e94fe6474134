// A claimed mailbox's row as its session needs it: settings, and what earlier sessions left.
import { sqlOf } from "@/domain/scope";
import type { Db } from "@/lib/db";
import type { ClaimedMailbox } from "./claim";
import type { PollResult } from "./poll-result";
import type { MailboxSettings, RecipientSettings } from "./schema";

interface Row {
  [column: string]: unknown;
  now: Date;
  due_at: Date;
  time_zone: string;
  exchange_id: string | null;
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

export async function readClaimed(
  db: Db,
  tenantId: string,
  mailboxId: string,
  token: string,
): Promise<ClaimedMailbox | null> {
  const [row] = await sqlOf(db.pool).query<Row>(
    `select now() as now, s.due_at, t.time_zone, e.id as exchange_id, e.notify_collecting, s.recheck, s.last_result,
       s.failures, s.failing_since, s.told_stopped_at, s.facts, s.restored_from,
       s.restored_at, s.restored_open, m.version, m.name, m.protocol, m.host, m.port, m.tls,
       m.certificate as certificate_rule, m.username, m.folder, m.poll_seconds, m.timeout_seconds, m.max_per_poll, m.start,
       m.reroute_unknown_to, m.after, m.keep_days, m.renumber_limit, m.recipient_mode, m.recipient_address,
       m.recipient_headers, m.recipient_domains, m.recipient_own, m.recipient_nobody
     from mailbox_state s
     join mailbox m on m.tenant_id = s.tenant_id and m.id = s.mailbox_id
     join tenant t on t.id = s.tenant_id
     left join exchange e on e.tenant_id = s.tenant_id
     where s.tenant_id = $1::uuid and s.mailbox_id = $2::uuid and s.lease_token = $3::uuid`,
    [tenantId, mailboxId, token],
  );
  if (!row) return null;
  return {
    tenantId,
    mailboxId,
    token,
    claimedAt: row.now,
    dueAt: row.due_at,
    timeZone: row.time_zone,
    exchangeId: row.exchange_id,
    settings: settingsOf(row),
    version: row.version,
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
  };
}

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
