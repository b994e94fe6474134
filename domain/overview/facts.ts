// What the overview says of a tenant, read in one transaction: workers of its site, its lane, its mailboxes, today's mail.
import { type ExchangeView, exchangeIn } from "@/domain/exchange/store";
import { type TroubledHosts, troubledHosts } from "@/domain/mailbox/incident-seen";
import { type MailboxRow, mailboxesIn } from "@/domain/mailbox/store";
import { inTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { type SpacePause, spacePause } from "@/domain/space/store";
import { endOf } from "./certificates";

export interface WorkerFacts {
  /** a worker of the tenant's site beats now */
  beats: boolean;
  name: string | null;
  /** when the last one beat; null: none ever did (or it is long forgotten) */
  lastBeat: Date | null;
  site: string;
}

export interface TodayFacts {
  /** collected mails that Exchange accepted since midnight in the tenant's zone */
  accepted: number;
  /** the newest of all that are still known */
  lastAccepted: Date | null;
  /** collected mail that waits now, and since when the oldest does */
  waiting: number;
  oldestWaiting: Date | null;
  collectedEver: number;
}

export interface LaneFacts {
  exchangeId: string;
  host: string;
  port: number;
  maxConnections: number;
  state: "closed" | "open" | "half-open" | "paused";
  reasonKind: string | null;
  reason: string | null;
  since: Date;
  nextTryAt: Date | null;
  certificateChanged: boolean;
  /** of a certificate that is checked */
  certificateEnds: Date | null;
  /** what the server lets through now, less than it could; null: no limit was met */
  pacePerMinute: number | null;
  cap: number | null;
  warning: string | null;
  postmaster: string;
  /** a notice of some kind goes to the postmaster */
  notifies: boolean;
  /** somebody typed the code of a test mail that arrived there */
  postmasterProved: boolean;
  connections: number;
  answerAwaitedSince: Date | null;
}

export interface OverviewFacts {
  worker: WorkerFacts;
  /** no worker collects for anybody: the database has too little room */
  space: SpacePause | null;
  lane: LaneFacts | null;
  mailboxes: MailboxRow[];
  /** where many tenants fail together */
  troubledHosts: TroubledHosts;
  today: TodayFacts;
  /** a test of the server, or a mail, has shown that it takes mail */
  tested: boolean;
  /** the newest test of this server failed, and no mail has shown that it takes mail all the same */
  testFailed: boolean;
  /** Exchange has accepted a mail, also where none of those is known any more */
  took: boolean;
  /** mailboxes that no worker has looked into yet, by id, and that the newest test of their place and user name got into */
  signsIn: ReadonlySet<string>;
}

export async function overviewFacts(scope: TenantScope, zone: string, now: Date): Promise<OverviewFacts> {
  const [hosts, facts] = await Promise.all([troubledHosts(scope), ownFacts(scope, zone, now)]);
  return { ...facts, troubledHosts: hosts };
}

function ownFacts(scope: TenantScope, zone: string, now: Date): Promise<Omit<OverviewFacts, "troubledHosts">> {
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    const exchange = await exchangeIn(tx, scope);
    const [worker] = await sql.query<WorkerFacts>(
      `select t.site, coalesce(bool_or(w.beat_at > now() - interval '1 minute' and not w.stopping), false) as beats,
         max(w.beat_at) as "lastBeat",
         (array_agg(w.name order by w.beat_at desc) filter (where w.name is not null))[1] as name
       from tenant t left join worker w on t.site = any (w.sites) where t.id = $1::uuid group by t.site`,
      [scope.tenantId],
    );
    const [today] = await sql.query<TodayFacts>(
      `select (select count(*)::int from mail where tenant_id = $1::uuid and state = 'settled' and kind = 'collected'
           and place = 'delivered' and settled_at >= date_trunc('day', $2::timestamptz, $3)) as accepted,
         (select settled_at from mail where tenant_id = $1::uuid and state = 'settled' and kind = 'collected'
           and place = 'delivered' order by settled_at desc limit 1) as "lastAccepted",
         (select count(*)::int from mail where tenant_id = $1::uuid and place = 'waiting' and kind = 'collected') as waiting,
         (select collected_at from mail where tenant_id = $1::uuid and place = 'waiting' and kind = 'collected'
           order by seq limit 1) as "oldestWaiting",
         coalesce((select collected from ledger where tenant_id = $1::uuid), 0)::float8 as "collectedEver"`,
      [scope.tenantId, now, zone],
    );
    const mailboxes = await mailboxesIn(tx, scope);
    const [test] = await sql.query<{ ok: boolean; failed: boolean }>(
      `select exists (select 1 from probe where tenant_id = $1::uuid and kind = 'exchange' and state = 'done'
           and verdict ->> 'ok' = 'true') as ok,
         coalesce((select verdict ->> 'ok' = 'false' from probe where tenant_id = $1::uuid and kind = 'exchange'
           and state = 'done' and input -> 'settings' ->> 'host' = $2 and input -> 'settings' ->> 'port' = $3
           order by finished_at desc limit 1), false) as failed`,
      [scope.tenantId, exchange?.settings.host ?? "", String(exchange?.settings.port ?? "")],
    );
    // A test before the first save has no mailbox yet: all are known by where they looked.
    const neverLooked = mailboxes.filter(({ lastResult }) => lastResult === null).map(({ id }) => id);
    const signsIn =
      neverLooked.length === 0
        ? []
        : await sql.query<{ id: string }>(
            `select m.id from mailbox m cross join lateral (
         select verdict ->> 'ok' = 'true' as ok from probe where tenant_id = m.tenant_id and kind = 'mailbox'
           and state = 'done' and input -> 'settings' ->> 'protocol' = m.protocol
           and input -> 'settings' ->> 'host' = m.host and input -> 'settings' ->> 'port' = m.port::text
           and input -> 'settings' ->> 'username' = m.username
         order by finished_at desc limit 1) newest
       where m.tenant_id = $1::uuid and m.id = any ($2::uuid[]) and newest.ok`,
            [scope.tenantId, neverLooked],
          );
    const took = today?.lastAccepted != null || exchange?.lane.lastAcceptedAt != null;
    if (!worker || !today) throw new Error(`tenant ${scope.tenantId} is gone`);
    return {
      worker,
      space: await spacePause(sql),
      lane: exchange ? laneFacts(exchange) : null,
      mailboxes,
      today,
      tested: Boolean(test?.ok) || today.lastAccepted !== null,
      testFailed: Boolean(test?.failed) && !took,
      took,
      signsIn: new Set(signsIn.map(({ id }) => id)),
    };
  });
}

const laneFacts = ({ id, settings, lane, postmasterProved }: ExchangeView): LaneFacts => ({
  exchangeId: id,
  host: settings.host,
  port: settings.port,
  maxConnections: settings.maxConnections,
  state: lane.state,
  reasonKind: lane.reasonKind,
  reason: lane.reason,
  since: lane.since,
  nextTryAt: lane.nextTryAt,
  certificateChanged: lane.certificateChange !== null,
  certificateEnds: endOf(settings.certificate, lane.certificate),
  pacePerMinute: lane.pacePerMinute,
  cap: lane.cap,
  warning: lane.warning,
  postmaster: settings.postmaster,
  notifies: Object.values(settings.notify).some(Boolean),
  postmasterProved: postmasterProved !== null,
  connections: lane.connections,
  answerAwaitedSince: lane.answerAwaitedSince,
});
