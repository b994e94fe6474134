// Alerts: what the installation's own people are told by the provider's own server. One cause, one row, one mail.
// They belong to no tenant; invitations and resets are not here, because their links are secrets: they are letters.
import { changed } from "@/domain/live/changed";
import { hashOf } from "@/domain/person/token";
import { inTenant, type TenantScope } from "@/domain/scope";
import { watchedSql } from "@/domain/space/store";
import type { Db } from "@/lib/db";

export const alertKinds = ["lane", "notice", "disk", "space", "sum", "bytes", "provider", "clock", "letter"] as const;
export type AlertKind = (typeof alertKinds)[number];

export interface OpenAlert {
  id: string;
  kind: string;
  tenantId: string | null;
  text: string;
  raisedAt: Date;
  toldAt: Date | null;
  /** why nobody was told yet; "not configured": no server of the provider's own */
  failure: string | null;
  /** nobody will be told unless a person looks here */
  nobodyWillBeTold: boolean;
}

export const notConfigured = "not configured";
/** A server that is away for less than this is nobody's alarm. */
export const laneMinutes = 15;

const due = `(kind <> 'lane' or raised_at < now() - interval '${laneMinutes} minutes')`;

/** Banners for people of the platform: everything that is wrong now. SQL asks who the session's person is. */
export async function openAlerts(db: Db, token: string): Promise<OpenAlert[]> {
  const { rows } = await db.pool.query<AlertRow>(`select * from portal_alerts($1) where ${due}`, [hashOf(token)]);
  return rows.map(viewOf);
}

/** Banners of one tenant. */
export const openAlertsOf = (scope: TenantScope): Promise<OpenAlert[]> =>
  inTenant(scope, async (tx) => {
    const rows = await tx.$queryRawUnsafe<AlertRow[]>(
      `select id, kind, tenant_id, text, raised_at, told_at, failure from alert
       where tenant_id = $1::uuid and resolved_at is null and ${due} order by raised_at desc limit 50`,
      scope.tenantId,
    );
    return rows.map(viewOf);
  });

interface AlertRow {
  id: string;
  kind: string;
  tenant_id: string | null;
  text: string;
  raised_at: Date;
  told_at: Date | null;
  failure: string | null;
}
const viewOf = (row: AlertRow): OpenAlert => ({
  id: row.id,
  kind: row.kind,
  tenantId: row.tenant_id,
  text: row.text,
  raisedAt: row.raised_at,
  toldAt: row.told_at,
  failure: row.failure,
  nobodyWillBeTold: row.told_at === null && row.failure === notConfigured,
});

export interface Raise {
  cause: string;
  kind: AlertKind;
  tenantId: string | null;
  text: string;
  facts?: Record<string, unknown>;
}

/** Raises, or keeps facts and words of one that is open up to date: the words until they were told, the facts always. */
export async function raiseAlert(db: Db, alert: Raise): Promise<void> {
  const { rowCount } = await db.pool.query(
    `insert into alert (cause, kind, tenant_id, text, facts) values ($1, $2, $3::uuid, $4, $5::jsonb)
     on conflict (cause) where resolved_at is null do update
       set text = case when alert.told_at is null then excluded.text else alert.text end,
         facts = alert.facts || excluded.facts
     where (alert.text <> excluded.text and alert.told_at is null) or alert.facts <> alert.facts || excluded.facts`,
    [
      alert.cause,
      alert.kind,
      alert.tenantId,
      alert.text.replaceAll("\0", "").slice(0, 2000),
      JSON.stringify(alert.facts ?? {}),
    ],
  );
  if (rowCount) changed(db, alert.tenantId, "settings");
}

export const resolveAlert = (db: Db, cause: string): Promise<void> => resolveAlerts(db, [cause]);

export async function resolveAlerts(db: Db, causes: string[]): Promise<void> {
  const { rows } = await db.pool.query<{ tenant_id: string | null }>(
    "update alert set resolved_at = now() where cause = any ($1::text[]) and resolved_at is null returning tenant_id",
    [causes],
  );
  for (const { tenant_id } of rows) changed(db, tenant_id, "settings");
}

/** Over, because those who look see room again, or because nobody sees any more how much there is. */
export async function resolveSpace(db: Db): Promise<void> {
  await db.pool.query(
    `update alert set resolved_at = now(), facts = facts || jsonb_build_object('state',
       case when ${watchedSql} then 'room' else 'unseen' end)
     where cause = 'space' and resolved_at is null`,
  );
}

/** Nobody was told of it and it is over: nothing to tell. A lane that was away for minutes leaves no trace. */
export async function forgetUntold(db: Db): Promise<void> {
  await db.pool.query(
    "delete from alert where resolved_at is not null and told_at is null and resolved_at < now() - interval '1 day'",
  );
}

export interface ToTell {
  id: string;
  kind: string;
  tenantId: string | null;
  text: string;
  raisedAt: Date;
  /** the good end of something that was told */
  recovered: Date | null;
  facts: Record<string, unknown>;
}

/** What is to be told now, each taken by one worker for a while: no transaction is open while the mail is sent. */
export async function claimAlerts(db: Db, limit = 20): Promise<ToTell[]> {
  const { rows } = await db.pool.query<AlertRow & { resolved_at: Date | null; facts: Record<string, unknown> }>(
    `update alert a set claimed_until = now() + interval '5 minutes'
     from (select id from alert
       where (claimed_until is null or claimed_until < now())
         and ((resolved_at is null and told_at is null and ${due})
           or (resolved_at is not null and told_at is not null and resolved_told_at is null))
       order by raised_at limit $1 for update skip locked) mine
     where a.id = mine.id
     returning a.id, a.kind, a.tenant_id, a.text, a.raised_at, a.told_at, a.resolved_at, a.facts, a.failure`,
    [limit],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    tenantId: row.tenant_id,
    text: row.text,
    raisedAt: row.raised_at,
    recovered: row.resolved_at,
    facts: row.facts,
  }));
}

export async function markTold(db: Db, alert: ToTell): Promise<void> {
  const column = alert.recovered ? "resolved_told_at" : "told_at";
  await db.pool.query(`update alert set ${column} = now(), failure = null, claimed_until = null where id = $1::uuid`, [
    alert.id,
  ]);
}

/** The provider's server refused: tried again when the claim runs out. */
export async function markUntold(db: Db, alert: ToTell, failure: string): Promise<void> {
  await db.pool.query("update alert set failure = $2 where id = $1::uuid", [
    alert.id,
    failure.replaceAll("\0", "").slice(0, 500),
  ]);
}

/** Without a server of the provider's own every open alert says so. */
export async function markNotConfigured(db: Db): Promise<void> {
  await db.pool.query(
    `update alert set failure = $1 where told_at is null and resolved_at is null and failure is distinct from $1`,
    [notConfigured],
  );
}

/** MAILFERRY_ALERT_TO, else the platform's administrators. */
export async function alertReceivers(db: Db, configured: string[]): Promise<string[]> {
  if (configured.length > 0) return configured;
  const { rows } = await db.pool.query<{ email: string }>(
    "select email from person where platform_role = 'admin' and disabled_at is null order by email limit 20",
  );
  return rows.map(({ email }) => email);
}
