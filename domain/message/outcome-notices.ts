// The journey of a mail goes on with its outcome, and who is told of it: one event, one notice, if any box that fits it is ticked. A notice never makes another notice.
import { isWanted } from "@/domain/notice/wanted";
import type { Sql } from "@/domain/scope";
import { stored, storedJson } from "@/domain/stored";
import type { ClaimedMail } from "./claim";
import type { OutcomePolicy, RecipientOutcome } from "./outcome";
import { addEvent } from "./recover";

type Kind = "spam" | "unknown-recipient" | "badmail" | "relay";

export async function tell(
  sql: Sql,
  mail: ClaimedMail,
  judged: RecipientOutcome[],
  policy: OutcomePolicy,
): Promise<void> {
  for (const recipient of judged) {
    if (recipient.place === "waiting" && recipient.wait !== "domain" && !recipient.rerouteTo) continue;
    await addEvent(sql, mail.lane.tenantId, mail.id, eventKind(recipient), eventText(recipient));
  }
  if (mail.kind === "notice") {
    if (judged.some(({ place }) => place === "badmail")) await noticeFailed(sql, mail, judged);
    else if (judged.every(({ place }) => place === "delivered")) await noticeTold(sql, mail);
    return;
  }
  await writeNotices(sql, mail, judged, policy);
}

async function writeNotices(
  sql: Sql,
  mail: ClaimedMail,
  judged: RecipientOutcome[],
  policy: OutcomePolicy,
): Promise<void> {
  if (mail.kind === "test") return;
  for (const recipient of judged) {
    const kind = kindOf(recipient);
    if (!kind || !isWanted(kind, policy.notify)) continue;
    const cause =
      kind === "relay" ? `relay:${domainOf(recipient.address)}` : `${kind}:${recipient.reasonKind ?? "refused"}`;
    if (kind === "relay" && (await toldOfRelay(sql, mail, cause))) continue;
    await sql.query(
      "insert into notice (tenant_id, kind, cause, mail_id, facts) values ($1::uuid, $2, $3, $4::uuid, $5::jsonb)",
      [mail.lane.tenantId, kind, cause, mail.id, storedJson(factsOf(mail, recipient))],
    );
  }
}

/** No notice about a notice: the failure stands at the one that failed, and the provider hears of it another way. */
async function noticeFailed(sql: Sql, mail: ClaimedMail, judged: RecipientOutcome[]): Promise<void> {
  const { tenantId } = mail.lane;
  await sql.query("update notice set state = 'failed' where tenant_id = $1::uuid and sent_mail_id = $2::uuid", [
    tenantId,
    mail.id,
  ]);
  const bad = judged.find(({ place }) => place === "badmail");
  const words = bad?.reply ? `${bad.reply.code} ${bad.reply.text}` : (bad?.reason ?? "");
  await sql.query(
    `insert into alert (cause, kind, tenant_id, text, facts)
     select $2, 'notice', t.id, 'A notice to the postmaster of ' || t.name || ' was refused by its own server: ' || $3, $4::jsonb
     from tenant t where t.id = $1::uuid
     on conflict (cause) where resolved_at is null do nothing`,
    [
      tenantId,
      `notice:${tenantId}`,
      stored(words, 500),
      storedJson({ recipient: bad?.address ?? "", reply: stored(words, 500), mailId: mail.id }),
    ],
  );
}

async function noticeTold(sql: Sql, mail: ClaimedMail): Promise<void> {
  const { tenantId } = mail.lane;
  await sql.query(
    "update notice set state = 'told' where tenant_id = $1::uuid and sent_mail_id = $2::uuid and state in ('queued', 'failed')",
    [tenantId, mail.id],
  );
  await sql.query("update alert set resolved_at = now() where cause = $1 and resolved_at is null", [
    `notice:${tenantId}`,
  ]);
}

function kindOf(recipient: RecipientOutcome): Kind | null {
  if (recipient.place === "waiting") return recipient.wait === "domain" ? "relay" : null;
  if (recipient.place !== "badmail") return null;
  if (recipient.reasonKind === "gave-up") return "badmail";
  const found = recipient.verdict?.class;
  return found === "spam" || found === "unknown-recipient" ? found : "badmail";
}

/** One notice per domain that waits, not one per mail and retry. */
async function toldOfRelay(sql: Sql, mail: ClaimedMail, cause: string): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from notice where tenant_id = $1::uuid and kind = 'relay' and cause = $2
       and created_at > now() - interval '1 day' limit 1`,
    [mail.lane.tenantId, cause],
  );
  return rows.length > 0;
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

const factsOf = (mail: ClaimedMail, recipient: RecipientOutcome) => ({
  recipient: recipient.address,
  sender: stored(mail.sender, 320),
  subject: stored(mail.subject, 300),
  stage: recipient.stage,
  code: recipient.reply?.code ?? null,
  enhanced: recipient.reply?.enhanced ?? null,
  text: stored(recipient.reply?.text ?? "", 1000),
  class: recipient.verdict?.class ?? null,
  rule: recipient.verdict?.rule ?? null,
  reasonKind: recipient.reasonKind,
  meaning:
    recipient.reasonKind === "gave-up" ? recipient.reason : (recipient.verdict?.meaning ?? recipient.reason ?? ""),
  remedy: recipient.verdict?.remedy ?? "",
  did:
    recipient.place === "badmail"
      ? "Mailferry moved the mail to BADMAIL."
      : "Mailferry keeps the mail waiting and tries again.",
});

const eventKind = (recipient: RecipientOutcome): string =>
  recipient.rerouteTo ? "rerouted" : recipient.place === "waiting" ? "domain-waits" : recipient.place;

export function eventText(recipient: RecipientOutcome): string {
  const words = recipient.reply
    ? `${recipient.reply.code} ${recipient.reply.text}`.slice(0, 400)
    : (recipient.reason ?? "");
  if (recipient.rerouteTo)
    return `Exchange does not know ${recipient.address}: goes to ${recipient.rerouteTo} instead.`;
  if (recipient.place === "delivered") return `Accepted by Exchange for ${recipient.address}: ${words}`;
  if (recipient.place === "badmail") return `To BADMAIL for ${recipient.address}: ${recipient.reason ?? words}`;
  return `${recipient.address}: ${recipient.reason ?? words}`;
}
