// What people do with held and BADMAIL mail: send again, send to another address, delete. Each mail has a transaction of
// its own, with its audit row and its event: one that can't be moved holds up no other, and the answer names it. A large
// group is done in parts, so that no request runs long.
import { whoOf, writeAudit } from "@/domain/audit/write";
import { inTenant, type Sql, sqlInTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { againOnDeadlock } from "./deadlock";
import { carryOut, makeReady, type OpenRecipient } from "./decide-move";
import type { Choice, GroupTarget, Part, Target } from "./decide-schema";
import { checkDomains } from "./known-domains";
import { settlePlace } from "./place";
import { mailIn, recipientIn, valuesFor } from "./stuck";

export interface Decided {
  done: string[];
  /** these stay selected */
  failed: { id: string; message: string }[];
  /** how many are left after this part */
  left: number;
  /** where the next part begins; null when nothing is left */
  next: number | null;
}

const perPart = 100;

const targetIn = (target: Target, param: (value: unknown) => string): string =>
  "ids" in target
    ? `m.id = any (${param(target.ids)}::uuid[]) and (m.place in ('held', 'badmail') or exists (select 1 from recipient r
        where r.tenant_id = m.tenant_id and r.mail_id = m.id and r.place in ('held', 'badmail')))`
    : mailIn(target, param);

/** How many mails a decision would touch, and the newest of them: shown before it is made, and kept to by `until`. */
export async function countTarget(scope: TenantScope, target: Target): Promise<{ mails: number; until: number }> {
  const { values, param } = valuesFor(scope.tenantId);
  const where = targetIn(target, param);
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<{ mails: number; until: number }>(
      `select count(*)::int as mails, coalesce(max(m.seq), 0)::float8 as until from mail m
       where m.tenant_id = $1::uuid and ${where}`,
      values,
    ),
  );
  return row ?? { mails: 0, until: 0 };
}

export async function decide(scope: TenantScope, target: Target, choice: Choice, part: Part = {}): Promise<Decided> {
  if (choice.do === "send-to") await checkDomains(scope, choice);
  const { ids, left, next } = await mailsOf(scope, target, part);
  const decided: Decided = { done: [], failed: [], left, next };
  for (const id of ids) {
    try {
      await againOnDeadlock(() => decideOne(scope, id, choice, "ids" in target ? null : target));
      decided.done.push(id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      decided.failed.push({ id, message: error.message });
    }
  }
  return decided;
}

/** This part's mails, the oldest first. Ids that are no mail of the tenant's come too: the answer names them. */
async function mailsOf(scope: TenantScope, target: Target, part: Part) {
  if ("ids" in target) return { ids: [...new Set(target.ids)], left: 0, next: null };
  const limit = part.limit ?? perPart;
  const { values, param } = valuesFor(scope.tenantId);
  const bounds = `m.seq > ${param(part.after ?? 0)} and (${param(part.until ?? null)}::float8 is null or m.seq <= $3)`;
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ id: string; seq: number; total: number }>(
      `select m.id, m.seq::float8 as seq, count(*) over ()::int as total from mail m
       where m.tenant_id = $1::uuid and ${bounds} and ${mailIn(target, param)} order by m.seq limit ${param(limit)}`,
      values,
    ),
  );
  const left = (rows[0]?.total ?? 0) - rows.length;
  return { ids: rows.map(({ id }) => id), left, next: left > 0 ? (rows.at(-1)?.seq ?? null) : null };
}

interface MailRow {
  subject: string;
  state: string;
  place: string;
  reason_kind: string | null;
  erased: boolean;
}

function decideOne(scope: TenantScope, id: string, choice: Choice, only: GroupTarget | null): Promise<void> {
  return inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    // The lane before its mails, as everybody who locks both does: else two of them wait for each other.
    await sql.query("select 1 from lane where tenant_id = $1::uuid for update", [scope.tenantId]);
    const mail = await lockMail(sql, scope.tenantId, id);
    const open = await openRecipients(sql, scope.tenantId, id, only);
    const whole = await isWhole(sql, scope.tenantId, id, mail);
    if (open.length === 0 && !whole) throw new Refusal("Somebody has decided about this mail already.");
    if (choice.do !== "delete" && mail.erased)
      throw new Refusal("The bytes of this mail are gone, so it can't be sent. You can delete it.");
    if (choice.do === "send-again" && open.length === 0)
      throw new Refusal("This mail has no recipient yet. Say to which address it goes.");
    const step = { id, open, choice };
    const text = await carryOut(sql, scope, step);
    if (choice.do !== "delete") await makeReady(sql, scope.tenantId, step, mail.reason_kind);
    await settlePlace(sql, scope.tenantId, id);
    await sql.query(
      "insert into mail_event (tenant_id, mail_id, kind, text, who) values ($1::uuid, $2::uuid, $3, $4, $5)",
      [scope.tenantId, id, choice.do, text, whoOf(scope)],
    );
    const changes = { recipients: { from: open.map((one) => one.address), to: text } };
    await writeAudit(tx, scope, { action: `badmail.${choice.do}`, target: mail.subject, targetId: id, changes });
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

function openRecipients(sql: Sql, tenantId: string, id: string, only: GroupTarget | null): Promise<OpenRecipient[]> {
  const { values, param } = valuesFor(tenantId);
  const mail = param(id);
  const meant = only ? recipientIn(only, param) : "r.place in ('held', 'badmail')";
  return sql.query(
    `select r.id, r.address, r.reason_kind from recipient r
     where r.tenant_id = $1::uuid and r.mail_id = ${mail}::uuid and ${meant} order by r.id for update`,
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
