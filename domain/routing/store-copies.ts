// Copies: those that a rule makes, and those that arrive twice and are merged.
import type { Sql } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
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

/** Of each mail: address in lower case → the mail that carries the same message to the same recipient already. */
export async function mergesOf(
  sql: Sql,
  tenantId: string,
  routed: { mail: Message; decision: { recipients: RoutedRecipient[] } }[],
): Promise<Map<string, Map<string, string>>> {
  const wanted = routed.flatMap(({ mail, decision }) => {
    const addresses = decision.recipients
      .filter((one) => one.place === "waiting")
      .map((one) => one.address.toLowerCase());
    // A Message-ID of ours says nothing: two mails without one would be one (and one of them lost).
    if (mail.own_message_id || mail.message_id === "" || !mail.content_hash || addresses.length === 0) return [];
    return [{ id: mail.id, name: mail.message_id, content: mail.content_hash.toString("hex"), addresses }];
  });
  const found = new Map<string, Map<string, string>>();
  if (wanted.length === 0) return found;
  const rows = await sql.query<{ mail: string; address: string; into: string }>(
    // The mails of a Message-ID first (offset 0), whatever the statistics say: an address can have very many.
    `select distinct on (w.id, to_whom.address) w.id as mail, to_whom.address, same.id as into
     from jsonb_to_recordset($2::jsonb) as w (id uuid, name text, content text, addresses text[])
     cross join lateral (
       select m.id, m.seq from mail m
       where m.tenant_id = $1::uuid and m.kind = 'collected' and m.message_id <> ''
         and hashtextextended(m.message_id, 0) = hashtextextended(w.name, 0) and m.message_id = w.name
         and not m.own_message_id and m.content_hash = decode(w.content, 'hex') and m.id <> w.id
         and m.collected_at > now() - interval '7 days' offset 0) same
     cross join lateral (
       select lower(r.address) as address from recipient r
       where r.tenant_id = $1::uuid and r.mail_id = same.id and lower(r.address) = any (w.addresses)
         and r.place in ('waiting', 'delivered') offset 0) to_whom
     order by w.id, to_whom.address, same.seq`,
    [tenantId, storedJson(wanted)],
  );
  for (const { mail, address, into } of rows)
    found.set(mail, (found.get(mail) ?? new Map<string, string>()).set(address, into));
  return found;
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
