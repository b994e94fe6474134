// Mail whose worker fell silent, and mail whose answer to the final dot was lost: where it goes on.
import type { Sql } from "@/domain/scope";
import { stored, storedJson } from "@/domain/stored";
import { settlePlace } from "./place";
import { reasonWords } from "./reasons";

export const lostAnswers = 3;
export const silentClaims = 3;

interface Orphan {
  tenantId: string;
  exchangeId: string;
  mailId: string;
  workerId: string;
  uncertainSeconds: number;
  /** the worker did not end while it carried this mail: this claim does not count as a silent one */
  alive: boolean;
  /** given back through its own slot, which is gone, whether the lease is over or not: unless another has it in hand since */
  released: boolean;
}

interface OrphanRow {
  dot_pending_at: Date | null;
  claims: number;
  uncertain_count: number;
  hold: boolean;
}

/** The lease of the slot that carried it has ended, and with it the mail's. Before the dot nothing can have been delivered: plain retry. After it: uncertain, counted from `dot_pending`. */
export async function recoverMail(sql: Sql, orphan: Orphan): Promise<void> {
  const { tenantId, mailId } = orphan;
  const [mail] = await sql.query<OrphanRow>(
    `select m.dot_pending_at, m.claims, m.uncertain_count, e.uncertain = 'hold' as hold
     from mail m join exchange e on e.tenant_id = m.tenant_id and e.id = m.exchange_id
     where m.tenant_id = $1::uuid and m.id = $2::uuid and m.state = 'sending' and m.lease_worker = $3::uuid
       and ($4 and not exists (select 1 from lane_slot o where o.tenant_id = $1::uuid and o.exchange_id = m.exchange_id
         and m.id = any (o.mail_id || o.next_ids)) or m.lease_until < now()) for update of m`,
    [tenantId, mailId, orphan.workerId, orphan.released],
  );
  if (!mail) return;
  await sql.query(
    `update attempt set ended_at = now(), outcome = case when dot_pending_at is null then 'lost' else 'uncertain' end
     where tenant_id = $1::uuid and mail_id = $2::uuid and ended_at is null`,
    [tenantId, mailId],
  );
  if (mail.dot_pending_at) {
    const from = mail.dot_pending_at;
    await becomeUncertain(sql, { tenantId, mailId, from, seconds: orphan.uncertainSeconds, hold: mail.hold });
  } else if (mail.claims >= silentClaims && !orphan.alive) {
    const reason = `A worker ended without a word ${silentClaims} times while it carried this mail. Mailferry set it aside so that other mail flows: look at it, then deliver it by hand.`;
    await holdMail(sql, tenantId, mailId, "kills-worker", reason);
  } else {
    await sql.query(
      `update mail set state = 'ready', next_attempt_at = least(next_attempt_at, now()), lease_token = null, lease_worker = null,
         lease_until = null, claims = case when $3 then greatest(0, claims - 1) else claims end
       where tenant_id = $1::uuid and id = $2::uuid`,
      [tenantId, mailId, orphan.alive],
    );
  }
}

export interface LostAnswer {
  tenantId: string;
  mailId: string;
  /** the wait counts from here: the lost answer, or the dot when the worker itself died */
  from: Date;
  seconds: number;
  /** the tenant chose "hold and ask" */
  hold: boolean;
}

/** The final dot may have been taken: wait, then the same bytes again; after the third time a person decides. */
export async function becomeUncertain(sql: Sql, lost: LostAnswer): Promise<void> {
  const [mail] = await sql.query<{ uncertain_count: number }>(
    `update mail set state = 'uncertain', uncertain_count = uncertain_count + 1, claims = 0,
       next_attempt_at = $3::timestamptz + make_interval(secs => $4), lease_token = null, lease_worker = null,
       lease_until = null, dot_pending_at = null
     where tenant_id = $1::uuid and id = $2::uuid returning uncertain_count`,
    [lost.tenantId, lost.mailId, lost.from, lost.seconds],
  );
  const count = mail?.uncertain_count ?? 0;
  await addEvent(
    sql,
    lost.tenantId,
    lost.mailId,
    "uncertain",
    "The answer to the mail's end was lost: Exchange may have it.",
  );
  if (!lost.hold && count < lostAnswers) return;
  const reason = lost.hold
    ? "The answer to the mail's end was lost, so Exchange may have this mail. It is held, as the server's settings ask: look whether it arrived, then deliver or delete it."
    : `The answer to the mail's end was lost ${count} times. Exchange may have taken it each time: look whether it arrived, then deliver or delete it.`;
  await holdMail(sql, lost.tenantId, lost.mailId, "answer-lost", reason);
}

/** Uncertain mail whose wait is over is sent again, and marked. */
export async function uncertainDue(sql: Sql, ref: { tenantId: string; exchangeId: string }): Promise<void> {
  const due = await sql.query<{ id: string }>(
    `update mail set state = 'ready', possible_copies = possible_copies + 1
     where tenant_id = $1::uuid and exchange_id = $2::uuid and state = 'uncertain' and next_attempt_at <= now()
     returning id`,
    [ref.tenantId, ref.exchangeId],
  );
  for (const { id } of due)
    await addEvent(sql, ref.tenantId, id, "again", "Sent again with the same bytes: possibly delivered twice.");
}

export async function holdMail(sql: Sql, tenantId: string, mailId: string, kind: string, reason: string) {
  await sql.query(
    `update recipient set place = 'held', reason_kind = $3, reason = $4, decided_at = now()
     where tenant_id = $1::uuid and mail_id = $2::uuid and place = 'waiting'`,
    [tenantId, mailId, kind, reason],
  );
  await sql.query(
    `update mail set state = 'settled', reason_kind = $3, reason = $4, claims = 0, next_attempt_at = null,
       lease_token = null, lease_worker = null, lease_until = null, dot_pending_at = null
     where tenant_id = $1::uuid and id = $2::uuid`,
    [tenantId, mailId, kind, reason],
  );
  await settlePlace(sql, tenantId, mailId);
  await addEvent(sql, tenantId, mailId, "held", reason);
  await sql.query(
    `insert into notice (tenant_id, kind, cause, mail_id, facts)
     select m.tenant_id, 'held', $3, m.id, jsonb_build_object('sender', m.sender, 'subject', m.subject,
       'meaning', $4::text, 'remedy', $5::text, 'did', 'Mailferry holds the mail.')
     from mail m join exchange e on e.tenant_id = m.tenant_id and e.id = m.exchange_id
     where m.tenant_id = $1::uuid and m.id = $2::uuid and e.notify_badmail and m.kind in ('collected', 'copy')`,
    [tenantId, mailId, kind, reason, reasonWords(kind).remedy],
  );
}

export async function addEvent(
  sql: Sql,
  tenantId: string,
  mailId: string,
  kind: string,
  text: string,
  facts: object = {},
): Promise<void> {
  await sql.query(
    "insert into mail_event (tenant_id, mail_id, kind, text, facts) values ($1::uuid, $2::uuid, $3, $4, $5::jsonb)",
    [tenantId, mailId, kind, stored(text, 4000), storedJson(facts)],
  );
}
