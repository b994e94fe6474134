// Intake: gives a fetched mail its rows. From this commit on we, not the mailbox, are responsible.
import { wakeFreeLane } from "@/domain/lane/store";
import { changed } from "@/domain/live/changed";
import { type ClaimedMailbox, holdClaim, renewLease } from "@/domain/mailbox/claim";
import type { Spot } from "@/domain/mailbox/identity";
import { insertStored } from "@/domain/mailbox/identity-write";
import { mayBeRepeat, repeatWords } from "@/domain/mailbox/restored";
import { type PlainWay, plainWays, tellPlainWays } from "@/domain/routing/store-intake";
import { type Sql, sqlInTenant, surelySql, type TenantScope } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
import type { Headers } from "@/mail/headers";
import type { BodyFacts, BodyWriter } from "./body";
import { finishAll } from "./body-batch";
import { freshBodies, smallMail } from "./fresh";
import { reasonWords } from "./reasons";

/** What the list of messages shows and what routing asks for; bounded and clean before it comes here. */
export interface MailFacts {
  sender: string;
  from: string;
  to: string;
  subject: string;
  messageId: string;
  ownMessageId: boolean;
  date: Date | null;
  receivedAt: Date | null;
  contentHash: string;
  headerHash: string;
  canonicalHash: string;
}

export interface Arrival {
  mailId: string;
  spot: Spot;
  writer: BodyWriter;
  body: BodyFacts;
  facts: MailFacts;
  headers: Headers;
  /** a loop: held before anything else */
  loop: string | null;
  /** when the provider received it, where the provider says so */
  providerAt: Date | null;
}

export interface Committed {
  /** in the order of the batch */
  identityIds: number[];
  left: Left;
}

/** What is to be done now, so that the mails move. */
export interface Left {
  /** some of them are to be routed */
  route: boolean;
  /** this lane is to be woken; null: it is awake, or none of them waits for it */
  wake: string | null;
}

export interface CommitWish {
  /** stands on the identities */
  session: string;
  leaseSeconds: number;
  /** mails whose way is plain are routed along; else all of them are left to routing */
  routing: boolean;
}

/** Body, identity, queue row and the count of collected mails become true together, or not at all. */
export async function commitBatch(
  scope: TenantScope,
  claimed: ClaimedMailbox,
  { session, leaseSeconds, routing }: CommitWish,
  batch: Arrival[],
): Promise<Committed> {
  const { tenantId, mailboxId } = claimed;
  const committed = await sqlInTenant(scope, async (sql) => {
    // The source copy goes once this is committed.
    await sql.query(`select ${surelySql}`);
    // Also the fence: a session whose lease went to another one (the first), or whose source was changed (the second), stores nothing.
    await renewLease(sql, claimed, leaseSeconds);
    await holdClaim(sql, claimed);
    await finishAll(sql, tenantId, batch);
    const ways = routing ? await plainWays(sql, tenantId, mailboxId, batch) : new Map<string, PlainWay>();
    await insertMails(sql, claimed, batch, ways);
    const identityIds = await insertStored(
      sql,
      tenantId,
      mailboxId,
      batch.map(({ spot, facts, mailId }) => ({ ...spot, ...facts, mailId, session })),
    );
    await noticeLoops(sql, claimed, batch);
    await tellRepeats(sql, claimed, batch);
    if (ways.size > 0) await tellPlainWays(sql, tenantId, ways);
    await sql.query(
      `insert into ledger (tenant_id, collected) values ($1::uuid, $2)
       on conflict (tenant_id) do update set collected = ledger.collected + excluded.collected`,
      [tenantId, batch.length],
    );
    const route = batch.some(({ mailId, loop }) => loop === null && !ways.has(mailId));
    return { identityIds, left: { route, wake: await sleepingLane(sql, tenantId, ways) } };
  });
  // A small one is one part, made of the prefix and what came: no network buffer is held by it.
  const fresh = freshBodies(scope.db);
  for (const { writer } of batch) if (writer.size <= smallMail) fresh.keep(writer.bodyId, writer.inMemory());
  changed(scope.db, tenantId, "mail");
  return committed;
}

/**
 * Wakes the lane at the very end. Who saves settings, or imports them, may have the lane for long and want this mailbox's row, which
 * we have: so it is not waited for here.
 */
async function sleepingLane(sql: Sql, tenantId: string, ways: Map<string, PlainWay>): Promise<string | null> {
  const [way] = ways.values();
  if (!way) return null;
  const { exchangeId } = way;
  return (await wakeFreeLane(sql, { tenantId, exchangeId })) ? null : exchangeId;
}

/**
 * Each mail is written once, with its recipients in the same statement: what follows mail by triggers, such as the search's row, is
 * written when all of the statement is there, and once as well.
 */
async function insertMails(
  sql: Sql,
  claimed: ClaimedMailbox,
  batch: Arrival[],
  ways: Map<string, PlainWay>,
): Promise<void> {
  const rows = batch.map(({ mailId, writer, facts, loop, providerAt }) => ({
    id: mailId,
    body: writer.bodyId,
    sender: facts.sender,
    header_from: facts.from,
    header_to: facts.to,
    subject: facts.subject,
    message_id: facts.messageId,
    own: facts.ownMessageId,
    header_date: facts.date,
    received_at: facts.receivedAt,
    size: writer.size,
    content: facts.contentHash,
    loop,
    copies: mayBeRepeat(claimed.restored, providerAt) ? 1 : 0,
    ...routeOf(ways.get(mailId)),
  }));
  const recipients = [...ways].flatMap(([mail, { decision }]) =>
    decision.recipients.map(({ address, original, via }) => ({ mail, address, original, via })),
  );
  // In order of arrival: `seq` is the order in which a lane claims.
  await sql.query(
    `with stored as (
     insert into mail (tenant_id, id, kind, mailbox_id, exchange_id, body_id, sender, header_from, header_to, subject,
       message_id, own_message_id, header_date, received_at, size, content_hash, possible_copies, place, state,
       reason_kind, reason, settled_at, reroute_to, route, next_attempt_at)
     select $1::uuid, r.id, 'collected', $2::uuid,
       coalesce(r.lane, (select e.id from exchange e where e.tenant_id = $1::uuid)), r.body, r.sender, r.header_from,
       r.header_to, r.subject, r.message_id, r.own, r.header_date, r.received_at, r.size, decode(r.content, 'hex'), r.copies,
       case when r.loop is null then 'waiting' else 'held' end,
       case when r.lane is not null then 'ready' when r.loop is null then 'received' else 'settled' end,
       case when r.loop is null then null else 'loop' end, r.loop, case when r.loop is null then null else now() end,
       coalesce(r.reroute, ''), coalesce(r.route, '{}'), case when r.lane is null then null else now() end
     from jsonb_to_recordset($3::jsonb) as r (id uuid, body uuid, sender text, header_from text, header_to text,
       subject text, message_id text, own boolean, header_date timestamptz, received_at timestamptz, size bigint,
       content text, loop text, copies int, lane uuid, reroute text, route jsonb))
     insert into recipient (tenant_id, mail_id, address, original, via)
     select $1::uuid, r.mail, r.address, r.original, r.via
     from jsonb_to_recordset($4::jsonb) as r (mail uuid, address text, original text, via text)`,
    [claimed.tenantId, claimed.mailboxId, storedJson(rows), storedJson(recipients)],
  );
}

function routeOf(way: PlainWay | undefined) {
  if (!way) return {};
  const { leftOut, rules, copies } = way.decision;
  return { lane: way.exchangeId, reroute: way.rerouteTo, route: { leftOut, rules, copies } };
}

/** Possibly delivered twice, as its journey says; see restored.ts. */
async function tellRepeats(sql: Sql, { tenantId, restored }: ClaimedMailbox, batch: Arrival[]): Promise<void> {
  const repeats = batch.filter(({ providerAt }) => mayBeRepeat(restored, providerAt)).map(({ mailId }) => mailId);
  if (!restored || repeats.length === 0) return;
  await sql.query(
    `insert into mail_event (tenant_id, mail_id, kind, text)
     select $1::uuid, id, 'collected-again', $3 from unnest($2::uuid[]) id`,
    [tenantId, repeats, repeatWords(restored)],
  );
}

async function noticeLoops(sql: Sql, claimed: ClaimedMailbox, batch: Arrival[]): Promise<void> {
  for (const { mailId, loop } of batch) {
    if (loop === null) continue;
    await sql.query(
      `insert into notice (tenant_id, kind, cause, mail_id, mailbox_id, facts)
       values ($1::uuid, 'held', 'loop', $2::uuid, $3::uuid, $4::jsonb)`,
      [
        claimed.tenantId,
        mailId,
        claimed.mailboxId,
        JSON.stringify({ reasonKind: "loop", reason: loop, remedy: reasonWords("loop").remedy }),
      ],
    );
    await sql.query("insert into mail_event (tenant_id, mail_id, kind, text) values ($1::uuid, $2::uuid, 'held', $3)", [
      claimed.tenantId,
      mailId,
      loop,
    ]);
  }
}
