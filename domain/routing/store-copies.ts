// Copies: those that a rule makes, and those that arrive twice and are merged.
import type { Sql } from "@/domain/scope";
import type { RoutedRecipient } from "./route";
import { event } from "./store-journey";

/** What copies are recognised by. */
interface Message {
  id: string;
  exchange_id: string;
  message_id: string;
  own_message_id: boolean;
  content_hash: Buffer | null;
}

/** Address in lower case → the mail that carries the same message to the same recipient already. */
export async function mergesOf(
  sql: Sql,
  tenantId: string,
  mail: Message,
  recipients: RoutedRecipient[],
): Promise<Map<string, string>> {
  const wanted = recipients.filter((one) => one.place === "waiting").map((one) => one.address.toLowerCase());
  // A Message-ID of ours says nothing: two mails without one would be one (and one of them lost).
  if (mail.own_message_id || mail.message_id === "" || !mail.content_hash || wanted.length === 0) return new Map();
  const rows = await sql.query<{ address: string; into: string }>(
    // The mails of this Message-ID first, whatever the statistics say: an address can have very many.
    `with same as materialized (
       select m.id, m.seq from mail m
       where m.tenant_id = $1::uuid and m.kind = 'collected' and m.message_id <> ''
         and hashtextextended(m.message_id, 0) = hashtextextended($2::text, 0) and m.message_id = $2::text
         and not m.own_message_id and m.content_hash = $3 and m.id <> $4::uuid
         and m.collected_at > now() - interval '7 days')
     select distinct on (lower(r.address)) lower(r.address) as address, same.id as into
     from same join recipient r on r.tenant_id = $1::uuid and r.mail_id = same.id
     where lower(r.address) = any ($5::text[]) and r.place in ('waiting', 'delivered')
     order by lower(r.address), same.seq`,
    [tenantId, mail.message_id, mail.content_hash, mail.id, wanted],
  );
  return new Map(rows.map((row) => [row.address, row.into]));
}

/** A rule's copy: a mail of its own on the same body, not counted in the sum. It may be a second one where its original may. */
export async function insertCopy(
  sql: Sql,
  tenantId: string,
  mail: Message,
  copy: { to: string[]; rule: string },
): Promise<void> {
  const [made] = await sql.query<{ id: string }>(
    `insert into mail (tenant_id, kind, mailbox_id, exchange_id, body_id, sender, header_from, header_to, subject,
       message_id, own_message_id, header_date, received_at, size, content_hash, possible_copies, state,
       next_attempt_at, origin_mail_id)
     select tenant_id, 'copy', mailbox_id, $3::uuid, body_id, sender, header_from, header_to, subject, message_id,
       own_message_id, header_date, received_at, size, content_hash, possible_copies, 'ready', now(), id
     from mail where tenant_id = $1::uuid and id = $2::uuid returning id`,
    [tenantId, mail.id, mail.exchange_id],
  );
  if (!made) return;
  await sql.query(
    `insert into recipient (tenant_id, mail_id, address, via)
     select $1::uuid, $2::uuid, a, $4 from unnest($3::text[]) a`,
    [tenantId, made.id, copy.to, `rule “${copy.rule}”`],
  );
  await event(sql, tenantId, made.id, "routed", `A copy for ${copy.to.join(", ")}, made by the rule “${copy.rule}”.`);
  await sql.query(
    `insert into mail_event (tenant_id, mail_id, kind, text)
     select tenant_id, $3::uuid, kind, text from mail_event
     where tenant_id = $1::uuid and mail_id = $2::uuid and kind in ('restored', 'collected-again')`,
    [tenantId, mail.id, made.id],
  );
}
