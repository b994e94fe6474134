// The moves of a decision, each inside its mail's transaction: wait again, go to another address, be deleted.
import { whoOf } from "@/domain/audit/write";
import { hint } from "@/domain/lane/store";
import type { Sql, TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { sameAddress } from "@/mail/address";
import type { Choice } from "./decide-schema";
import { mayBeThere } from "./reasons";

export interface OpenRecipient {
  id: string;
  address: string;
  reason_kind: string | null;
}

export interface Step {
  id: string;
  /** its recipients that are stuck and meant */
  open: OpenRecipient[];
  choice: Choice;
}

/** Moves the recipients and says what was done, as the journey shows it. */
export async function carryOut(sql: Sql, scope: TenantScope, step: Step): Promise<string> {
  const { id, open, choice } = step;
  const names = open.map((one) => one.address).join(", ");
  const ids = open.map((one) => one.id);
  switch (choice.do) {
    case "send-again":
      await wait(sql, scope, ids);
      return `Sent again to ${names}.`;
    case "send-to":
      await redirect(sql, scope, step, choice.addresses);
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
async function redirect(sql: Sql, scope: TenantScope, { id, open }: Step, addresses: string[]): Promise<void> {
  const asked = addresses.filter((one, n, all) => all.findIndex((other) => sameAddress(one, other)) === n);
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
export async function makeReady(sql: Sql, tenantId: string, step: Step, reasonKind: string | null): Promise<void> {
  const again = mayBeThere(reasonKind) || step.open.some((one) => mayBeThere(one.reason_kind));
  await sql.query(
    `update mail set next_attempt_at = now(), clock_start = null, claims = 0, uncertain_count = 0, reason_kind = null,
       reason = null, possible_copies = possible_copies + $3::int,
       exchange_id = coalesce(exchange_id, (select e.id from exchange e where e.tenant_id = $1::uuid))
     where tenant_id = $1::uuid and id = $2::uuid`,
    [tenantId, step.id, again ? 1 : 0],
  );
  // A server that is down keeps its own time: one mail more is no reason to knock.
  await sql.query(
    `update lane set due_at = least(coalesce(due_at, now()), now())
     where tenant_id = $1::uuid and state = 'closed'`,
    [tenantId],
  );
  await hint(sql);
}
