// The rows that an outcome writes: recipients and the attempt, and what goes back to waiting when the lane was at fault.
import type { Refusal } from "@/domain/lane/breaker";
import type { LaneRef } from "@/domain/lane/store";
import type { Sql } from "@/domain/scope";
import { stored, storedJson } from "@/domain/stored";
import type { ClaimedMail } from "./claim";
import type { MailOutcome, RecipientOutcome } from "./outcome";
import { settlePlace } from "./place";
import { addEvent } from "./recover";

/**
 * Only a recipient that still waits changes: what a person decided meanwhile stands. But a delivery to this address is
 * recorded over what was assumed without it, held or refused: nobody may send it again for want of knowing.
 */
export async function writeRecipient(
  sql: Sql,
  mail: ClaimedMail,
  recipient: RecipientOutcome,
  retryMinutes: number,
): Promise<void> {
  const reroute = recipient.rerouteTo ?? null;
  await sql.query(
    `update recipient r set
       place = case when $4::text is not null and exists (select 1 from recipient o where o.tenant_id = $1::uuid
         and o.mail_id = $2::uuid and o.id <> r.id and lower(o.address) = lower($4)) then 'merged' else $5 end,
       original = case when $4::text is not null and r.original = '' then r.address else r.original end,
       address = coalesce($4, r.address), rerouted = r.rerouted or $4::text is not null,
       not_before = case when $5 = 'waiting' and $6 <> 'now' then now() + make_interval(mins => $7) end,
       reason_kind = $8, reason = $9, reply_stage = $10, reply_code = $11, reply_enhanced = $12, reply_text = $13,
       reply_class = $14, reply_rule = $15, decided_at = case when $5 = 'waiting' then null else now() end
     where r.tenant_id = $1::uuid and r.mail_id = $2::uuid and r.id = $3::uuid
       and (r.place = 'waiting' or ($5 = 'delivered' and r.place in ('held', 'badmail') and lower(r.address) = lower($16)))`,
    [
      mail.lane.tenantId,
      mail.id,
      recipient.id,
      reroute,
      recipient.place,
      recipient.wait,
      retryMinutes,
      recipient.reasonKind,
      recipient.reason === null ? null : stored(recipient.reason),
      recipient.stage,
      recipient.reply?.code ?? null,
      recipient.reply?.enhanced ?? null,
      recipient.reply ? stored(recipient.reply.text, 4096) : null,
      recipient.verdict?.class ?? null,
      recipient.verdict?.rule ?? null,
      recipient.address,
    ],
  );
}

export async function writeAttempt(
  sql: Sql,
  mail: ClaimedMail,
  outcome: MailOutcome,
  judged: RecipientOutcome[],
): Promise<void> {
  const { server, tls, recipients, talk } = attemptRow(outcome, judged);
  await sql.query(
    `update attempt set ended_at = now(), outcome = $3, reply_stage = $4, reply_code = $5, reply_enhanced = $6,
       reply_text = $7, server = $8, tls = $9, recipients = $10::jsonb, conversation = $11::jsonb
     where tenant_id = $1::uuid and id = $2::uuid`,
    [
      mail.lane.tenantId,
      mail.attemptId,
      outcome.attempt,
      outcome.stage,
      outcome.reply?.code ?? null,
      outcome.reply?.enhanced ?? null,
      stored(outcome.reply?.text ?? outcome.words, 4096),
      server,
      tls,
      storedJson(recipients),
      storedJson(talk),
    ],
  );
}

/** What an attempt's row keeps of the conversation, bounded. */
export const attemptRow = (outcome: MailOutcome, judged: RecipientOutcome[]) => ({
  server: stored(outcome.server, 255),
  tls: outcome.tls,
  recipients: judged.map(({ address, place, reply, verdict, stage }) => ({
    address,
    place,
    stage,
    code: reply?.code ?? null,
    enhanced: reply?.enhanced ?? null,
    text: stored(reply?.text ?? "", 300),
    class: verdict?.class ?? null,
    rule: verdict?.rule ?? null,
  })),
  talk: outcome.conversation.map(({ kind, text }) => ({ kind, text: stored(text, 500) })),
});

/** Refusals that were the server's state, not the mail's fault: waiting again, uncharged, and nobody is told of them. */
export async function giveBack(sql: Sql, ref: LaneRef, refusal: Refusal): Promise<void> {
  const values = [ref.tenantId, refusal.mailId];
  const rows = await sql.query(
    `update recipient set place = 'waiting', not_before = null, decided_at = null, reason_kind = 'refusals'
     where tenant_id = $1::uuid and mail_id = $2::uuid and id = any($3::uuid[]) and place = 'badmail' returning id`,
    [...values, refusal.recipients],
  );
  if (rows.length === 0) return;
  await sql.query(
    `update mail set next_attempt_at = now(), attempts = greatest(0, attempts - 1)
     where tenant_id = $1::uuid and id = $2::uuid`,
    values,
  );
  await sql.query(
    "delete from notice where tenant_id = $1::uuid and mail_id = $2::uuid and state = 'pending' and kind <> 'held'",
    values,
  );
  await settlePlace(sql, ref.tenantId, refusal.mailId);
  const text = "Waits again: the server refused five mails in a row in the same way, so it is the server's fault.";
  await addEvent(sql, ref.tenantId, refusal.mailId, "given-back", text);
}

/** The server takes mail for a domain again that it refused to relay for: what waited for that goes now. */
export async function relayWorksAgain(sql: Sql, mail: ClaimedMail, taken: RecipientOutcome[]): Promise<void> {
  const waited = new Set(mail.recipients.filter(({ reasonKind }) => reasonKind === "relay").map(({ id }) => id));
  const domains = taken
    .filter(({ id, place }) => place === "delivered" && waited.has(id))
    .map(({ address }) => address.slice(address.lastIndexOf("@") + 1).toLowerCase());
  if (domains.length === 0) return;
  await sql.query(
    `with back as (
       update recipient set not_before = null
       where tenant_id = $1::uuid and place = 'waiting' and reason_kind = 'relay'
         and split_part(lower(address), '@', 2) = any($2) returning mail_id)
     update mail m set next_attempt_at = now() from back
     where m.tenant_id = $1::uuid and m.id = back.mail_id and m.state = 'ready'`,
    [mail.lane.tenantId, domains],
  );
}
