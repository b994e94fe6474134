// What sentences about refusals fill in: the server, and the address that Mailferry connects from.
import { sqlInTenant, type TenantScope } from "@/domain/scope";

export interface DeliveryFacts {
  host: string | null;
  /** the newest beating worker's own address; behind NAT Exchange may see another */
  from: string | null;
}

export async function deliveryFacts(scope: TenantScope): Promise<DeliveryFacts> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<DeliveryFacts>(
      `select (select e.host from exchange e where e.tenant_id = $1::uuid) as host,
         (select nullif(w.address, '') from worker w join tenant t on t.site = any (w.sites)
          where t.id = $1::uuid and not w.stopping and w.beat_at > now() - interval '1 minute'
          order by w.started_at desc limit 1) as "from"`,
      [scope.tenantId],
    ),
  );
  return row ?? { host: null, from: null };
}
