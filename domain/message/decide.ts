// What people do with held and BADMAIL mail: send again, send to another address, delete. Each mail has a transaction of
// its own, with its audit row and its event: one that can't be moved holds up no other, and the answer names it. A large
// group is done in parts, so that no request runs long.
import { personOf, whoOf, writeAudit } from "@/domain/audit/write";
import { inTenant, type Sql, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { carryOut, makeReady, type OpenRecipient } from "./decide-move";
import type { Choice, Part, Target } from "./decide-schema";
import { countMeant, type Decided, inParts } from "./in-parts";
import { checkDomains } from "./known-domains";
import { settlePlace } from "./place";
import { mailIn, type Param, recipientIn, valuesFor } from "./stuck";

const targetIn = (target: Target, param: Param): string =>
  "ids" in target
    ? `m.id = any (${param(target.ids)}::uuid[]) and (m.place in ('held', 'badmail') or exists (select 1 from recipient r
        where r.tenant_id = m.tenant_id and r.mail_id = m.id and r.place in ('held', 'badmail')))`
    : mailIn(target, param);

/** How many mails a decision would touch, and the newest of them: shown before it is made, and kept to by `until`. */
export const countTarget = (scope: TenantScope, target: Target): Promise<{ mails: number; until: number }> =>
  countMeant(scope, (param) => targetIn(target, param));

export async function decide(scope: TenantScope, target: Target, choice: Choice, part: Part = {}): Promise<Decided> {
  if (choice.do === "send-to") await checkDomains(scope, choice);
  if ("ids" in target) return inParts(scope, target, part, (id) => decideOne(scope, id, choice, { open: anyStuck }));
  const open = (param: Param) => recipientIn(target, param);
  const where = (param: Param) => mailIn(target, param);
  return inParts(scope, { where }, part, (id) => decideOne(scope, id, choice, { open }));
}

/**
 * The way back from a hold: what this person holds waits again. What a rule holds, others hold, or Exchange refused stays.
 * The hold's event, of the same moment, knows the person.
 */
export function letGoOn(scope: TenantScope, ids: readonly string[]): Promise<Decided> {
  const open = (param: Param) =>
    `r.place = 'held' and r.reason_kind = 'person' and exists (select 1 from mail_event e
       where e.tenant_id = r.tenant_id and e.mail_id = r.mail_id and e.kind = 'hold' and e.at = r.decided_at
         and e.facts ->> 'personId' = ${param(personOf(scope))}::text)`;
  return inParts(scope, { ids }, {}, (id) => decideOne(scope, id, { do: "send-again" }, { open, back: true }));
}

/** The recipients' rows `r` that a decision is about. */
interface About {
  open: (param: Param) => string;
  /** the way back from a hold: never a mail that has no recipients yet */
  back?: true;
}

const anyStuck = () => "r.place in ('held', 'badmail')";

interface MailRow {
  subject: string;
  state: string;
  place: string;
  reason_kind: string | null;
  erased: boolean;
}

function decideOne(scope: TenantScope, id: string, choice: Choice, about: About): Promise<void> {
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    // The lane before its mails, as everybody who locks both does: else two of them wait for each other.
    await sql.query("select 1 from lane where tenant_id = $1::uuid for update", [scope.tenantId]);
    const mail = await lockMail(sql, scope.tenantId, id);
    const open = await openRecipients(sql, scope.tenantId, id, about);
    if (open.length === 0 && about.back) throw new Refusal("You don’t hold this mail any more: it stays as it is.");
    const whole = await isWhole(sql, scope.tenantId, id, mail);
    if (open.length === 0 && !whole) throw new Refusal("Somebody has decided about this mail already.");
    if (choice.do !== "delete" && mail.erased)
      throw new Refusal("The bytes of this mail are gone, so it can't be sent. You can delete it.");
    if (choice.do === "send-again" && open.length === 0)
      throw new Refusal("This mail has no recipient yet. Say to which address it goes.");
    const step = { id, open, choice };
    const moved = await carryOut(sql, scope, step);
    const text = about.back ? `Goes on to ${open.map((one) => one.address).join(", ")}.` : moved;
    if (choice.do !== "delete") await makeReady(sql, scope.tenantId, step, mail.reason_kind);
    await settlePlace(sql, scope.tenantId, id);
    await sql.query(
      "insert into mail_event (tenant_id, mail_id, kind, text, who) values ($1::uuid, $2::uuid, $3, $4, $5)",
      [scope.tenantId, id, choice.do, text, whoOf(scope)],
    );
    const changes = { recipients: { from: open.map((one) => one.address), to: text } };
    const action = about.back ? "queue.release" : `badmail.${choice.do}`;
    await writeAudit(tx, scope, { action, target: mail.subject, targetId: id, changes });
  });
}

async function lockMail(sql: Sql, tenantId: string, id: string): Promise<MailRow> {
  const [mail] = await sql.query<MailRow>(
    `select m.subject, m.state, m.place, m.reason_kind, (b.erased_at is not null or not b.complete) as erased
     from mail m join body b on b.tenant_id = m.tenant_id and b.id = m.body_id
     where m.tenant_id = $1::uuid and m.id = $2::uuid for update of m`,
    [tenantId, id],
  );
  if (!mail) throw new Refusal("There is no such mail here any more.");
  // The worker that holds it writes its recipients when the server has answered: two hands on one row lose one's word.
  if (mail.state === "sending" || mail.state === "uncertain")
    throw new Refusal("This mail is being sent to its other recipients right now. Try again in a moment.");
  return mail;
}

function openRecipients(sql: Sql, tenantId: string, id: string, about: About): Promise<OpenRecipient[]> {
  const { values, param } = valuesFor(tenantId);
  const mail = param(id);
  return sql.query(
    `select r.id, r.address, r.reason_kind from recipient r
     where r.tenant_id = $1::uuid and r.mail_id = ${mail}::uuid and ${about.open(param)} order by r.id for update`,
    values,
  );
}

/** Held or in BADMAIL before it had recipients. */
async function isWhole(sql: Sql, tenantId: string, id: string, mail: MailRow): Promise<boolean> {
  if (mail.place !== "held" && mail.place !== "badmail") return false;
  const rows = await sql.query("select 1 from recipient where tenant_id = $1::uuid and mail_id = $2::uuid limit 1", [
    tenantId,
    id,
  ]);
  return rows.length === 0;
}
