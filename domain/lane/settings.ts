// What a connection of a lane needs to know, read afresh for each, and what it saw of the server, written down.
import { fromSnapshot } from "@/domain/ledger/snapshot";
import type { OutcomePolicy } from "@/domain/message/outcome";
import { type Sql, sqlOf, type TenantScope } from "@/domain/scope";
import { openSecret } from "@/domain/secret/store";
import { stored, storedJson } from "@/domain/stored";
import type { PrivateKeys } from "@/lib/seal";
import type { SmtpFacts, SmtpSettings } from "@/mail/smtp";
import type { ConnectionRef } from "./store";

export interface LaneSettings {
  /** counts the changes of the settings */
  epoch: number;
  host: string;
  port: number;
  tls: SmtpSettings["tls"];
  certificate: string;
  certificateName: string;
  oldestTls: "1.0" | "1.2";
  timeoutSeconds: number;
  heloDomain: string;
  username: string;
  password: string | null;
  outcome: Omit<OutcomePolicy, "uncertainSeconds">;
  /** the certificate that the lane showed last */
  trusted: unknown;
  starttlsSeen: boolean;
  /** how the server greeted this site's worker last */
  greetsUs: string;
  /** the tenant's own domains, lower case */
  ownDomains: Set<string>;
}

interface Row {
  settings_epoch: number;
  host: string;
  port: number;
  tls: SmtpSettings["tls"];
  certificate: string;
  certificate_name: string;
  oldest_tls: "1.0" | "1.2";
  timeout_seconds: number;
  helo_domain: string;
  username: string;
  retry_minutes: number;
  give_up_after_hours: number;
  uncertain: "resend" | "hold";
  postmaster: string;
  notify_spam: boolean;
  notify_unknown_recipient: boolean;
  notify_badmail: boolean;
  notify_collecting: boolean;
  shown: unknown;
  starttls_seen: boolean;
  greets_us: string | null;
  domains: string[];
}

/** The worker's role only: it opens the password. Null when the server was removed meanwhile. */
export async function laneSettings(
  scope: TenantScope,
  exchangeId: string,
  keys: PrivateKeys,
): Promise<LaneSettings | null> {
  // One snapshot: a password that is saved together with another host must never go to the host before it.
  return fromSnapshot(scope.db, (sql) => settingsIn(sql, scope, exchangeId, keys));
}

async function settingsIn(
  sql: Sql,
  scope: TenantScope,
  exchangeId: string,
  keys: PrivateKeys,
): Promise<LaneSettings | null> {
  const [row] = await sql.query<Row>(
    `select l.settings_epoch, e.host, e.port, e.tls, e.certificate, e.certificate_name, e.oldest_tls, e.timeout_seconds, e.helo_domain,
       e.username, e.retry_minutes, e.give_up_after_hours, e.uncertain, e.postmaster, e.notify_spam,
       e.notify_unknown_recipient, e.notify_badmail, e.notify_collecting, l.certificate as shown, l.starttls_seen, l.greets_us,
       array(select distinct lower(d) from mailbox b,
         unnest(b.recipient_domains || split_part(b.recipient_address, '@', 2)) as d
         where b.tenant_id = $1::uuid and d <> '') as domains
     from exchange e join lane l on l.tenant_id = e.tenant_id and l.exchange_id = e.id
     where e.tenant_id = $1::uuid and e.id = $2::uuid`,
    [scope.tenantId, exchangeId],
  );
  if (!row) return null;
  const password = row.username === "" ? null : await openSecret(sql, scope, keys, exchangeId, "password");
  const own = row.postmaster.slice(row.postmaster.lastIndexOf("@") + 1).toLowerCase();
  return {
    epoch: row.settings_epoch,
    host: row.host,
    port: row.port,
    tls: row.tls,
    certificate: row.certificate,
    certificateName: row.certificate_name,
    oldestTls: row.oldest_tls,
    timeoutSeconds: row.timeout_seconds,
    heloDomain: row.helo_domain,
    username: row.username,
    password,
    outcome: {
      retryMinutes: row.retry_minutes,
      giveUpAfterHours: row.give_up_after_hours,
      uncertain: row.uncertain,
      notify: {
        spam: row.notify_spam,
        unknownRecipient: row.notify_unknown_recipient,
        badmail: row.notify_badmail,
        collecting: row.notify_collecting,
      },
    },
    trusted: row.shown,
    starttlsSeen: row.starttls_seen,
    greetsUs: row.greets_us ?? "",
    ownDomains: new Set([...row.domains, own]),
  };
}

/** What people should know although mail flows; null when all is well. */
export function laneWarning(settings: LaneSettings, facts: SmtpFacts): string | null {
  if (facts.accepted === "system-instead-of-pin")
    return `${settings.host} shows another certificate than the trusted one. This system verifies the new one for that name, so mail goes on. Choose “verified by this system”, or trust the new one.`;
  if (settings.tls === "allow" && settings.starttlsSeen && !facts.starttlsOffered)
    return `${settings.host} offered StartTLS before and no longer does: mail goes unencrypted. Look at the certificate of its receive connector, or at what stands between.`;
  return null;
}

/** Written only when something changed, and only by a connection that the settings of now opened. */
export async function noteSeen(scope: TenantScope, ref: ConnectionRef, facts: SmtpFacts, warning: string | null) {
  await sqlOf(scope.db.pool).query(
    `with greeted as (
       insert into lane_greeting as g (tenant_id, exchange_id, worker, greets_us, settings_epoch)
       select s.tenant_id, s.exchange_id, $8, $3, s.settings_epoch from lane_slot s
       where s.tenant_id = $1::uuid and s.exchange_id = $2::uuid and s.token = $7::uuid
       on conflict (tenant_id, exchange_id, worker) do update
         set greets_us = excluded.greets_us, settings_epoch = excluded.settings_epoch, seen_at = now()
         where g.greets_us <> excluded.greets_us or g.settings_epoch <> excluded.settings_epoch
           or g.seen_at < now() - interval '1 day'),
     -- Names of workers that are no more, as those of containers.
     gone as (
       delete from lane_greeting where tenant_id = $1::uuid and exchange_id = $2::uuid
         and worker <> $8 and seen_at < now() - interval '30 days')
     update lane set greets_us = $3, starttls_seen = starttls_seen or $4, certificate = coalesce($5::jsonb, certificate),
       warning = $6
     where tenant_id = $1::uuid and exchange_id = $2::uuid
       and settings_epoch = (select s.settings_epoch from lane_slot s
         where s.tenant_id = $1::uuid and s.exchange_id = $2::uuid and s.token = $7::uuid)
       and (greets_us is distinct from $3 or (starttls_seen is false and $4) or warning is distinct from $6
         or ($5::jsonb is not null and certificate is distinct from $5::jsonb))`,
    [
      ref.tenantId,
      ref.exchangeId,
      stored(facts.greetsUs, 200),
      facts.starttlsOffered,
      facts.certificate ? storedJson(facts.certificate) : null,
      warning,
      ref.token,
      stored(scope.actor.name, 255),
    ],
  );
}

/** Connections of the lane that are in use now, on all workers. */
export async function liveConnections(scope: TenantScope, exchangeId: string): Promise<number> {
  const rows = await sqlOf(scope.db.pool).query<{ n: number }>(
    `select count(*) as n from lane_slot where tenant_id = $1::uuid and exchange_id = $2::uuid and lease_until > now()`,
    [scope.tenantId, exchangeId],
  );
  return rows[0]?.n ?? 1;
}
