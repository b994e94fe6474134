// The domains that a tenant is known to take mail for: those of its mailboxes and its postmaster.
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { parseAddress } from "@/mail/address";

export const knownDomains = (scope: TenantScope): Promise<string[]> =>
  sqlInTenant(scope, (sql) => knownDomainsIn(sql, scope.tenantId));

export async function knownDomainsIn(sql: Sql, tenantId: string): Promise<string[]> {
  const rows = await sql.query<{ domain: string }>(
    `select distinct lower(domain) as domain from (
       select unnest(b.recipient_domains || split_part(b.recipient_address, '@', 2)) as domain
       from mailbox b where b.tenant_id = $1::uuid
       union all select split_part(e.postmaster, '@', 2) from exchange e where e.tenant_id = $1::uuid) d
     where domain <> '' order by 1`,
    [tenantId],
  );
  return rows.map(({ domain }) => domain);
}

/** Whether an address is of one of them. */
export const isOf = (known: readonly string[], address: string): boolean =>
  known.includes(parseAddress(address)?.domain ?? "");

/** Exchange may refuse another company's address, or send the mail out into the world: a person says that it is meant. */
export async function checkDomains(
  scope: TenantScope,
  choice: { addresses: string[]; foreign?: boolean | undefined },
): Promise<void> {
  if (choice.foreign) return;
  const known = await knownDomains(scope);
  const foreign = choice.addresses.filter((one) => !isOf(known, one));
  if (foreign.length === 0) return;
  const ours = known.length > 0 ? ` Known are ${known.slice(0, 8).join(", ")}${known.length > 8 ? " …" : ""}.` : "";
  throw new Refusal("Nothing was sent.", {
    addresses: `${foreign.join(", ")}: that is no domain that Mailferry collects for.${ours} Exchange may refuse it or send it on to somebody else.`,
  });
}
