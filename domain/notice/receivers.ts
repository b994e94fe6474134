// Who is told beside the postmaster, by kind. Notices go out through the tenant's own server, so a receiver is an address of
// a domain that Mailferry collects for: nothing is sent to anybody outside the tenant.
import type { z } from "zod";
import { writeAudit } from "@/domain/audit/write";
import { isOf, knownDomains, knownDomainsIn } from "@/domain/message/known-domains";
import { inTenant, type Sql, sqlInTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { parseAddress } from "@/mail/address";
import type { Receiver, receiverAdd } from "./receivers-schema";
import { type NoticeKind, noticeKinds } from "./wanted";

const most = 20;

export const listReceivers = (scope: TenantScope): Promise<Receiver[]> =>
  sqlInTenant(scope, async (sql) => {
    const known = await knownDomainsIn(sql, scope.tenantId);
    const rows = await sql.query<Omit<Receiver, "outside">>(
      "select id, address, kinds from notice_receiver where tenant_id = $1::uuid order by lower(address), id",
      [scope.tenantId],
    );
    return rows.map((row) => ({ ...row, outside: !isOf(known, row.address) }));
  });

export async function addReceiver(scope: TenantScope, given: z.output<typeof receiverAdd>): Promise<void> {
  const known = await knownDomains(scope);
  const domain = parseAddress(given.address)?.domain ?? "";
  if (!isOf(known, given.address))
    throw new Refusal("One field needs a change. Nothing was saved.", {
      address: `${domain} is no domain that Mailferry collects for${known.length > 0 ? ` (those are ${known.slice(0, 8).join(", ")})` : ""}. Notices go to nobody outside.`,
    });
  await inTenant(scope, async (tx) => {
    const sql = sqlOfPrisma(tx);
    // One after another, so that the number holds.
    await sql.query("select 1 from tenant where id = $1::uuid for no key update", [scope.tenantId]);
    const [row] = await sql.query<{ n: number; there: boolean }>(
      `select count(*)::int as n, coalesce(bool_or(lower(address) = lower($2)), false) as there
       from notice_receiver where tenant_id = $1::uuid`,
      [scope.tenantId, given.address],
    );
    if (row?.there) throw at("This address is told already. Remove it first to change what it is told.");
    if ((row?.n ?? 0) >= most) throw at(`${most} addresses are told already. Take a distribution list instead.`);
    const kinds = noticeKinds.filter((kind) => given.kinds.includes(kind));
    await sql.query("insert into notice_receiver (tenant_id, address, kinds) values ($1::uuid, $2, $3::text[])", [
      scope.tenantId,
      given.address,
      kinds,
    ]);
    const changes = { kinds: { from: null, to: kinds } };
    await writeAudit(tx, scope, { action: "notice.receiver-add", target: given.address, changes });
  });
}

export const removeReceiver = (scope: TenantScope, id: string): Promise<void> =>
  inTenant(scope, async (tx) => {
    const [gone] = await sqlOfPrisma(tx).query<{ address: string }>(
      "delete from notice_receiver where tenant_id = $1::uuid and id = $2::uuid returning address",
      [scope.tenantId, id],
    );
    if (!gone) throw new Refusal("This address is not there any more. Reload the page.");
    await writeAudit(tx, scope, { action: "notice.receiver-remove", target: gone.address });
  });

/**
 * The worker's: who gets a notice of this kind, the postmaster first, each once. A domain may have gone with its last
 * mailbox since an address was added: then it is outside now, and left out.
 */
export async function receiversOf(sql: Sql, tenantId: string, kind: NoticeKind, postmaster: string): Promise<string[]> {
  const rows = await sql.query<{ address: string }>(
    `select address from notice_receiver
     where tenant_id = $1::uuid and $2 = any (kinds) and lower(address) <> lower($3) order by lower(address)`,
    [tenantId, kind, postmaster],
  );
  const known = rows.length > 0 ? await knownDomainsIn(sql, tenantId) : [];
  return [postmaster, ...rows.map(({ address }) => address).filter((one) => isOf(known, one))];
}

const at = (message: string) => new Refusal("One field needs a change. Nothing was saved.", { address: message });
