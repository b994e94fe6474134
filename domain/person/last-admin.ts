// The last enabled administrator stays, of the platform and of each tenant, whoever lowers or removes them: portal, import
// and command line all ask here, under a lock, so that of two who lower each other the second is refused.
import type { Sql } from "@/domain/scope";
import { Refusal } from "@/lib/errors";

/** Locks all administrators in one order, then counts. */
export async function keepPlatformAdmin(sql: Sql, leaving: string): Promise<void> {
  const admins = await sql.query<{ id: string }>(
    "select id::text from person where platform_role = 'admin' and disabled_at is null order by id for update",
  );
  if (admins.some((admin) => admin.id === leaving) && admins.length === 1)
    throw new Refusal("This is the last platform administrator. Make somebody else administrator first.");
}

/** Locks the tenant's row, then counts. Platform administrators don't count: the tenant keeps one of its own. */
export async function keepTenantAdmin(sql: Sql, tenantId: string, leaving: string): Promise<void> {
  await sql.query("select 1 from tenant where id = $1::uuid for no key update", [tenantId]);
  const admins = await sql.query<{ id: string; email: string }>(
    `select p.id::text, p.email from membership m join person p on p.id = m.person_id
     where m.tenant_id = $1::uuid and m.role = 'admin' and p.disabled_at is null
     order by (m.person_id = $2::uuid) desc limit 2`,
    [tenantId, leaving],
  );
  const [first] = admins;
  if (first?.id === leaving && admins.length === 1)
    throw new Refusal(`${first.email} is the last administrator here. Make somebody else administrator first.`);
}
