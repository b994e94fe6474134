// What routing leaves for people to read: the mail's journey, and a notice where it is held.
import type { Sql } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
import type { Decision, RoutedRecipient } from "./route";

export interface Told {
  mail: { id: string };
  decision: Decision;
  /** address → the mail that it is merged into */
  merged: Map<string, string>;
}

export async function tellJourneys(sql: Sql, tenantId: string, routed: Told[]): Promise<void> {
  await sql.query(
    `insert into mail_event (tenant_id, mail_id, kind, text, facts)
     select $1::uuid, e.mail, e.kind, e.text, e.facts
     from jsonb_to_recordset($2::jsonb) as e (mail uuid, kind text, text text, facts jsonb)`,
    [tenantId, storedJson(routed.flatMap(eventsOf))],
  );
  for (const { mail, decision } of routed) {
    const { held, recipients } = decision;
    const first = held ?? recipients.find((one) => one.place === "held");
    if (first) await noticeHeld(sql, tenantId, mail, first);
  }
}

interface Event {
  mail: string;
  kind: string;
  text: string;
  facts: object;
}

function eventsOf({ mail, decision, merged }: Told): Event[] {
  const { held, leftOut, copies, rules } = decision;
  const of = (kind: string, text: string, facts: object = {}, id = mail.id): Event => ({
    ...{ mail: id, kind, facts },
    text: text.slice(0, 4000),
  });
  const events = [held ? of("held", held.reason) : of("routed", routedWords(decision), { rules })];
  if (leftOut.length > 0) events.push(of("left-out", `Left out, not of your domains: ${leftOut.join(", ")}.`));
  for (const copy of copies)
    events.push(of("copied", `The rule “${copy.rule}” made a copy for ${copy.to.join(", ")}.`));
  for (const [address, into] of merged) {
    const facts = { address, into, copy: mail.id };
    const here = `The same message for ${address} is here already: merged into it.`;
    const there = `Another copy of this message for ${address} came and was merged.`;
    events.push(of("merged", here, facts), of("merged", there, facts, into));
  }
  return events;
}

const noticeHeld = (
  sql: Sql,
  tenantId: string,
  mail: { id: string },
  why: Pick<RoutedRecipient, "reasonKind" | "reason">,
) =>
  sql.query(
    `insert into notice (tenant_id, kind, cause, mail_id, mailbox_id, facts)
     select tenant_id, 'held', $3, id, mailbox_id, $4::jsonb from mail where tenant_id = $1::uuid and id = $2::uuid`,
    [
      tenantId,
      mail.id,
      why.reasonKind ?? "rule",
      JSON.stringify({
        reasonKind: why.reasonKind,
        reason: why.reason,
        meaning: why.reason,
        remedy: "Open it under Held in Mailferry: deliver it to an address, or delete it.",
      }),
    ],
  );

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
