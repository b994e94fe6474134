// Intake: gives a fetched mail its rows. From this commit on we, not the mailbox, are responsible.
import { changed } from "@/domain/live/changed";
import { type ClaimedMailbox, holdClaim, renewLease } from "@/domain/mailbox/claim";
import type { Spot } from "@/domain/mailbox/identity";
import { insertStored } from "@/domain/mailbox/identity-write";
import { mayBeRepeat, repeatWords } from "@/domain/mailbox/restored";
import { type Sql, sqlInTenant, surelySql, type TenantScope } from "@/domain/scope";
import type { BodyFacts, BodyWriter } from "./body";
import { finishAll } from "./body-batch";
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
  /** a loop: held before anything else */
  loop: string | null;
  /** when the provider received it, where the provider says so */
  providerAt: Date | null;
}

export interface Committed {
  mailId: string;
  identityId: number;
}

/** Body, identity, queue row and the count of collected mails become true together, or not at all. */
export async function commitBatch(
  scope: TenantScope,
  claimed: ClaimedMailbox,
  session: string,
  leaseSeconds: number,
  batch: Arrival[],
): Promise<Committed[]> {
  const committed = await sqlInTenant(scope, async (sql) => {
    // The source copy goes once this is committed.
    await sql.query(`select ${surelySql}`);
    // Also the fence: a session whose lease went to another one, or whose source was changed, stores nothing.
    await renewLease(sql, claimed, leaseSeconds);
    await holdClaim(sql, claimed);
    await finishAll(sql, claimed.tenantId, batch);
    await insertMails(sql, claimed, batch);
    const ids = await insertStored(
      sql,
      claimed.tenantId,
      claimed.mailboxId,
      batch.map(({ spot, facts, mailId }) => ({ ...spot, ...facts, mailId, session })),
    );
    await noticeLoops(sql, claimed, batch);
    await tellRepeats(sql, claimed, batch);
    await sql.query(
      `insert into ledger (tenant_id, collected) values ($1::uuid, $2)
       on conflict (tenant_id) do update set collected = ledger.collected + excluded.collected`,
      [claimed.tenantId, batch.length],
    );
    return batch.map(({ mailId }, n) => ({ mailId, identityId: ids[n] ?? 0 }));
  });
  changed(scope.db, claimed.tenantId, "mail");
  return committed;
}

async function insertMails(sql: Sql, claimed: ClaimedMailbox, batch: Arrival[]): Promise<void> {
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
  }));
  // In order of arrival: `seq` is the order in which a lane claims.
  await sql.query(
    `insert into mail (tenant_id, id, kind, mailbox_id, exchange_id, body_id, sender, header_from, header_to, subject,
       message_id, own_message_id, header_date, received_at, size, content_hash, possible_copies, place, state,
       reason_kind, reason, settled_at)
     select $1::uuid, r.id, 'collected', $2::uuid, (select e.id from exchange e where e.tenant_id = $1::uuid), r.body,
       r.sender, r.header_from, r.header_to, r.subject, r.message_id, r.own, r.header_date, r.received_at, r.size,
       decode(r.content, 'hex'), r.copies, case when r.loop is null then 'waiting' else 'held' end,
       case when r.loop is null then 'received' else 'settled' end, case when r.loop is null then null else 'loop' end,
       r.loop, case when r.loop is null then null else now() end
     from jsonb_to_recordset($3::jsonb) as r (id uuid, body uuid, sender text, header_from text, header_to text,
       subject text, message_id text, own boolean, header_date timestamptz, received_at timestamptz, size bigint,
       content text, loop text, copies int)`,
    [claimed.tenantId, claimed.mailboxId, JSON.stringify(rows)],
  );
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
