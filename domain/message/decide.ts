// What people do with held and BADMAIL mail: send again, send to another address, delete. Each mail has a transaction of
// its own, with its audit row and its event: one that can't be moved holds up no other, and the answer names it.
import { whoOf, writeAudit } from "@/domain/audit/write";
import { hint } from "@/domain/lane/store";
import { inTenant, type Sql, sqlInTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { sameAddress } from "@/mail/address";
import type { Choice, Target } from "./decide-schema";
import { settlePlace } from "./place";
import { mayBeThere } from "./reasons";

export interface Decided {
  done: string[];
  /** these stay selected */
  failed: { id: string; message: string }[];
  /** more of the group than one call takes */
  left: number;
}

export const perCall = 500;

// A group's mails: by a recipient's cause, or by the mail's own where it has no recipients.
const inGroup = `from mail m where m.tenant_id = $1::uuid and (
    exists (select 1 from recipient r where r.tenant_id = m.tenant_id and r.mail_id = m.id and r.place = $2
      and r.reason_kind is not distinct from $3)
    or (m.place = $2 and m.reason_kind is not distinct from $3 and not exists (
      select 1 from recipient r where r.tenant_id = m.tenant_id and r.mail_id = m.id)))`;

/** How many mails a decision would touch: shown before it is made. */
export async function countTarget(scope: TenantScope, target: Target): Promise<number> {
  const rows = await sqlInTenant(scope, (sql) =>
    "ids" in target
      ? sql.query<{ n: number }>(
          `select count(*)::int as n from mail m where m.tenant_id = $1::uuid and m.id = any ($2::uuid[]) and (
             m.place in ('held', 'badmail') or exists (select 1 from recipient r where r.tenant_id = m.tenant_id
               and r.mail_id = m.id and r.place in ('held', 'badmail')))`,
          [scope.tenantId, target.ids],
        )
      : sql.query<{ n: number }>(`select count(*)::int as n ${inGroup}`, [
          scope.tenantId,
          target.place,
          target.reasonKind,
        ]),
  );
  return rows[0]?.n ?? 0;
}

export async function decide(scope: TenantScope, target: Target, choice: Choice): Promise<Decided> {
  const ids = "ids" in target ? [...new Set(target.ids)] : await groupIds(scope, target);
  const decided: Decided = { done: [], failed: [], left: 0 };
  const only = "ids" in target ? null : target;
  for (const id of ids.slice(0, perCall)) {
    try {
      await decideOne(scope, id, choice, only);
      decided.done.push(id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      decided.failed.push({ id, message: error.message });
    }
  }
  decided.left = Math.max(0, ids.length - perCall);
  return decided;
}

type Group = Exclude<Target, { ids: string[] }>;

async function groupIds(scope: TenantScope, group: Group): Promise<string[]> {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ id: string }>(`select m.id ${inGroup} order by m.seq`, [scope.tenantId, group.place, group.reasonKind]),
  );
  return rows.map(({ id }) => id);
}

interface MailRow {
  subject: string;
  state: string;
  place: string;
  reason_kind: string | null;
  erased: boolean;
}
interface RecipientRow {
  id: string;
  address: string;
  reason_kind: string | null;
}

function decideOne(scope: TenantScope, id: string, choice: Choice, only: Group | null): Promise<void> {
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
    const text = await carryOut(sql, scope, { id, open, choice });
    if (choice.do !== "delete") await makeReady(sql, scope.tenantId, id, open, mail);
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

const openRecipients = (sql: Sql, tenantId: string, id: string, only: Group | null) =>
  sql.query<RecipientRow>(
    `select r.id, r.address, r.reason_kind from recipient r
     where r.tenant_id = $1::uuid and r.mail_id = $2::uuid and r.place in ('held', 'badmail')
       and (not $3::boolean or (r.place = $4 and r.reason_kind is not distinct from $5)) order by r.id for update`,
    [tenantId, id, only !== null, only?.place ?? "", only?.reasonKind ?? null],
  );

/** Held or in BADMAIL before it had recipients. */
async function isWhole(sql: Sql, tenantId: string, id: string, mail: MailRow): Promise<boolean> {
  if (mail.place !== "held" && mail.place !== "badmail") return false;
  const rows = await sql.query("select 1 from recipient where tenant_id = $1::uuid and mail_id = $2::uuid limit 1", [
    tenantId,
    id,
  ]);
  return rows.length === 0;
}

interface Step {
  id: string;
  open: RecipientRow[];
  choice: Choice;
}

/** Moves the recipients and says what was done, as the journey shows it. */
async function carryOut(sql: Sql, scope: TenantScope, { id, open, choice }: Step): Promise<string> {
  const names = open.map((one) => one.address).join(", ");
  const ids = open.map((one) => one.id);
  switch (choice.do) {
    case "send-again":
      await wait(sql, scope, ids);
      return `Sent again to ${names}.`;
    case "send-to":
      await redirect(sql, scope, { id, open, choice });
      return `Sent to ${choice.addresses.join(", ")}${names ? ` instead of ${names}` : ""}.`;
    case "delete":
      await remove(sql, scope, ids);
      if (ids.length === 0)
        await sql.query("update mail set place = 'deleted' where tenant_id = $1::uuid and id = $2::uuid", [
          scope.tenantId,
          id,
        ]);
      return names ? `Deleted for ${names}.` : "Deleted.";
  }
}

const remove = (sql: Sql, scope: TenantScope, ids: string[]) =>
  sql.query(
    `update recipient set place = 'deleted', decided_at = now(), decided_by = $3
     where tenant_id = $1::uuid and id = any ($2::uuid[])`,
    [scope.tenantId, ids, whoOf(scope)],
  );

// Only columns that say where it stands: the server's words stay until there are new ones.
const wait = (sql: Sql, scope: TenantScope, ids: string[]) =>
  sql.query(
    `update recipient set place = 'waiting', not_before = null, reason_kind = null, reason = null, decided_at = null,
       decided_by = $3 where tenant_id = $1::uuid and id = any ($2::uuid[])`,
    [scope.tenantId, ids, whoOf(scope)],
  );

/** New addresses take the rows of the old ones, which they keep as `original`; rows that are left over are merged into
 * this mail. None becomes *deleted*, since that would count a mail that is delivered in the end as deleted. */
async function redirect(sql: Sql, scope: TenantScope, { id, open, choice }: Step): Promise<void> {
  if (choice.do !== "send-to") return;
  const asked = choice.addresses.filter((one, n, all) => all.findIndex((other) => sameAddress(one, other)) === n);
  const there = await sql.query<{ address: string }>(
    `select lower(address) as address from recipient
     where tenant_id = $1::uuid and mail_id = $2::uuid and place in ('waiting', 'delivered')`,
    [scope.tenantId, id],
  );
  const fresh = asked.filter((one) => !there.some(({ address }) => address === one.toLowerCase()));
  if (fresh.length === 0) throw new Refusal("This mail has gone to that address, or waits for it, already.");
  for (const [n, address] of fresh.entries()) {
    const row = open[n];
    if (row) await rename(sql, scope, row.id, address);
    else
      await sql.query(
        `insert into recipient (tenant_id, mail_id, address, original, via, decided_by)
         values ($1::uuid, $2::uuid, $3, $4, 'a person', $5)`,
        [scope.tenantId, id, address, open[0]?.address ?? "", whoOf(scope)],
      );
  }
  await sql.query(
    `update recipient set place = 'merged', merged_into = $3::uuid, decided_at = now(), decided_by = $4
     where tenant_id = $1::uuid and id = any ($2::uuid[])`,
    [scope.tenantId, open.slice(fresh.length).map((one) => one.id), id, whoOf(scope)],
  );
}

async function rename(sql: Sql, scope: TenantScope, id: string, address: string): Promise<void> {
  await sql.query(
    `update recipient set original = coalesce(nullif(original, ''), address), address = $3, via = 'a person'
     where tenant_id = $1::uuid and id = $2::uuid`,
    [scope.tenantId, id, address],
  );
  await wait(sql, scope, [id]);
}

/** Due now, with a fresh give-up clock; the lane looks at once. A lost answer means that Exchange may have it already. */
async function makeReady(sql: Sql, tenantId: string, id: string, open: RecipientRow[], mail: MailRow): Promise<void> {
  const again = mayBeThere(mail.reason_kind) || open.some((one) => mayBeThere(one.reason_kind));
  await sql.query(
    `update mail set next_attempt_at = now(), clock_start = null, claims = 0, uncertain_count = 0, reason_kind = null,
       reason = null, possible_copies = possible_copies + $3::int,
       exchange_id = coalesce(exchange_id, (select e.id from exchange e where e.tenant_id = $1::uuid))
     where tenant_id = $1::uuid and id = $2::uuid`,
    [tenantId, id, again ? 1 : 0],
  );
  await sql.query(
    "update lane set due_at = least(coalesce(due_at, now()), now()) where tenant_id = $1::uuid and state <> 'paused'",
    [tenantId],
  );
  await hint(sql);
}
