// Waiting mail in a person's hands: held back, or tried now. Each mail that is held has a transaction of its own, with its
// event and audit entry, as decisions about stuck mail have; released it is by such a decision.
import { whoOf, writeAudit } from "@/domain/audit/write";
import { hint } from "@/domain/lane/store";
import { againOnDeadlock } from "@/domain/message/deadlock";
import type { Decided } from "@/domain/message/decide";
import type { Part } from "@/domain/message/decide-schema";
import { settlePlace } from "@/domain/message/place";
import { inTenant, sqlInTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import type { WaitingTarget } from "./schema";

/** How many wait, and the newest of them: what arrives while people decide is not in what they confirmed. */
export async function countWaiting(scope: TenantScope): Promise<{ mails: number; until: number }> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<{ mails: number; until: number }>(
      `select count(*)::int as mails, coalesce(max(m.seq), 0)::float8 as until from mail m
       where m.tenant_id = $1::uuid and m.place = 'waiting'`,
      [scope.tenantId],
    ),
  );
  return row ?? { mails: 0, until: 0 };
}

export async function holdMails(
  scope: TenantScope,
  target: WaitingTarget,
  reason: string,
  part: Part = {},
): Promise<Decided> {
  const { ids, left, next } = await mailsOf(scope, target, part);
  const decided: Decided = { done: [], failed: [], left, next };
  for (const id of ids) {
    try {
      await againOnDeadlock(() => holdOne(scope, id, reason));
      decided.done.push(id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      decided.failed.push({ id, message: error.message });
    }
  }
  return decided;
}

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
    const target = mails.length === 1 ? "1 mail" : `${mails.length} mails`;
    await writeAudit(tx, scope, { action: "queue.try-now", target });
    return { mails: mails.length };
  });

const perPart = 100;

async function mailsOf(scope: TenantScope, target: WaitingTarget, part: Part) {
  if ("ids" in target) return { ids: [...new Set(target.ids)], left: 0, next: null };
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ id: string; seq: number; total: number }>(
      `select m.id, m.seq::float8 as seq, count(*) over ()::int as total from mail m
       where m.tenant_id = $1::uuid and m.place = 'waiting' and m.seq > $2
         and ($3::float8 is null or m.seq <= $3) order by m.seq limit $4`,
      [scope.tenantId, part.after ?? 0, part.until ?? null, part.limit ?? perPart],
    ),
  );
  const left = (rows[0]?.total ?? 0) - rows.length;
  return { ids: rows.map(({ id }) => id), left, next: left > 0 ? (rows.at(-1)?.seq ?? null) : null };
}

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
      "insert into mail_event (tenant_id, mail_id, kind, text, who) values ($1::uuid, $2::uuid, 'hold', $3, $4)",
      [scope.tenantId, id, words, whoOf(scope)],
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
