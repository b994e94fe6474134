// What routing leaves for people to read: the mail's journey, and a notice where it is held.
import type { Sql } from "@/domain/scope";
import type { Decision, RoutedRecipient } from "./route";

export async function tellJourney(
  sql: Sql,
  tenantId: string,
  mail: { id: string },
  decision: Decision,
  merged: Map<string, string>,
): Promise<void> {
  const { held, recipients, leftOut, copies } = decision;
  if (held) await event(sql, tenantId, mail.id, "held", held.reason);
  else await event(sql, tenantId, mail.id, "routed", routedWords(decision), { rules: decision.rules });
  if (leftOut.length > 0)
    await event(sql, tenantId, mail.id, "left-out", `Left out, not of your domains: ${leftOut.join(", ")}.`);
  for (const copy of copies)
    await event(sql, tenantId, mail.id, "copied", `The rule “${copy.rule}” made a copy for ${copy.to.join(", ")}.`);
  for (const [address, into] of merged) {
    const facts = { address, into, copy: mail.id };
    await event(
      sql,
      tenantId,
      mail.id,
      "merged",
      `The same message for ${address} is here already: merged into it.`,
      facts,
    );
    await event(
      sql,
      tenantId,
      into,
      "merged",
      `Another copy of this message for ${address} came and was merged.`,
      facts,
    );
  }
  const reasons = held ? [held] : recipients.filter((one) => one.place === "held");
  const [first] = reasons;
  if (first)
    await sql.query(
      `insert into notice (tenant_id, kind, cause, mail_id, mailbox_id, facts)
       select tenant_id, 'held', $3, id, mailbox_id, $4::jsonb from mail where tenant_id = $1::uuid and id = $2::uuid`,
      [
        tenantId,
        mail.id,
        first.reasonKind ?? "rule",
        JSON.stringify({
          reasonKind: first.reasonKind,
          reason: first.reason,
          meaning: first.reason,
          remedy: "Open it under Held in Mailferry: deliver it to an address, or delete it.",
        }),
      ],
    );
}

function routedWords({ recipients }: Decision): string {
  const one = (r: RoutedRecipient) => {
    const was = r.original ? ` (was ${r.original})` : "";
    const fate = r.place === "waiting" ? "" : `: ${r.reason ?? r.place}`;
    return `${r.address}${was}, by ${r.via}${fate}`;
  };
  return `For ${recipients.slice(0, 20).map(one).join("; ")}${recipients.length > 20 ? ` and ${recipients.length - 20} more` : ""}.`;
}

export const event = (sql: Sql, tenantId: string, mailId: string, kind: string, text: string, facts: object = {}) =>
  sql.query(
    "insert into mail_event (tenant_id, mail_id, kind, text, facts) values ($1::uuid, $2::uuid, $3, $4, $5::jsonb)",
    [tenantId, mailId, kind, text.slice(0, 4000), JSON.stringify(facts)],
  );
