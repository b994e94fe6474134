// Waiting mail in a person's hands: held back, or tried now. Each mail that is held has a transaction of its own, with its
// event and audit entry, as decisions about stuck mail have; the way back is such a decision too (`letGoOn`).
import { personOf, whoOf, writeAudit } from "@/domain/audit/write";
import { hint } from "@/domain/lane/store";
import { mailWords } from "@/domain/mail-words";
import type { Part } from "@/domain/message/decide-schema";
import { countMeant, type Decided, inParts } from "@/domain/message/in-parts";
import { settlePlace } from "@/domain/message/place";
import { inTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import type { WaitingTarget } from "./schema";

const waits = () => "m.place = 'waiting'";

/** How many wait, and the newest of them: what arrives while people decide is not in what they confirmed. */
export const countWaiting = (scope: TenantScope): Promise<{ mails: number; until: number }> => countMeant(scope, waits);

export const holdMails = (
  scope: TenantScope,
  target: WaitingTarget,
  reason: string,
  part: Part = {},
): Promise<Decided> =>
  inParts(scope, "ids" in target ? target : { where: waits }, part, (id) => holdOne(scope, id, reason));

/** Due now, whatever their own time was. A server that takes no mail keeps its own time: one mail is no reason to knock. */
export const tryMailsNow = (scope: TenantScope, ids: readonly string[]): Promise<{ mails: number }> =>
  inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    await sql.query("select 1 from lane where tenant_id = $1::uuid for update", [scope.tenantId]);
    const mails = await sql.query<{ id: string }>(
      `update mail set next_attempt_at = now() where tenant_id = $1::uuid and id = any ($2::uuid[]) and state = 'ready'
       returning id::text`,
      [scope.tenantId, ids],
    );
    if (mails.length === 0)
      throw new Refusal("None of them waits for its time any more: each is being sent, routed, or gone.");
    await sql.query(
      `update recipient set not_before = null
       where tenant_id = $1::uuid and mail_id = any ($2::uuid[]) and place = 'waiting' and not_before is not null`,
      [scope.tenantId, ids],
    );
    await sql.query(
      `update lane set due_at = least(coalesce(due_at, now()), now()) where tenant_id = $1::uuid and state = 'closed'`,
      [scope.tenantId],
    );
    await hint(sql);
    const target = mailWords(mails.length);
    await writeAudit(tx, scope, { action: "queue.try-now", target });
    return { mails: mails.length };
  });

function holdOne(scope: TenantScope, id: string, reason: string): Promise<void> {
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    // The lane before its mails, as everybody who locks both does.
    await sql.query("select 1 from lane where tenant_id = $1::uuid for update", [scope.tenantId]);
    const [mail] = await sql.query<{ subject: string; state: string; place: string }>(
      "select subject, state, place from mail where tenant_id = $1::uuid and id = $2::uuid for update",
      [scope.tenantId, id],
    );
    if (!mail) throw new Refusal("There is no such mail here any more.");
    refuseUnlessWaiting(mail);
    const words = `${whoOf(scope)} holds it${reason ? `: ${reason}` : "."}`.slice(0, 500);
    const held = await sql.query<{ address: string }>(
      `update recipient set place = 'held', reason_kind = 'person', reason = $3, not_before = null, decided_at = now(),
         decided_by = $4 where tenant_id = $1::uuid and mail_id = $2::uuid and place = 'waiting' returning address`,
      [scope.tenantId, id, words, whoOf(scope)],
    );
    await settlePlace(sql, scope.tenantId, id);
    await sql.query(
      `insert into mail_event (tenant_id, mail_id, kind, text, who, facts)
       values ($1::uuid, $2::uuid, 'hold', $3, $4, jsonb_build_object('personId', $5::text))`,
      [scope.tenantId, id, words, whoOf(scope), personOf(scope)],
    );
    const changes = { recipients: { from: held.map(({ address }) => address), to: words } };
    await writeAudit(tx, scope, { action: "queue.hold", target: mail.subject, targetId: id, changes });
  });
}

function refuseUnlessWaiting({ state, place }: { state: string; place: string }): void {
  if (place !== "waiting") throw new Refusal("This mail does not wait any more.");
  if (state === "received") throw new Refusal("This mail is being routed right now. Try again in a moment.");
  if (state === "sending") throw new Refusal("This mail is being sent right now. What is being sent goes to its end.");
  if (state === "uncertain")
    throw new Refusal("Exchange may have this mail already: it waits for the answer that was lost.");
}
