// The audit log that fits a filter, as a file.
import { downloadHeaders } from "@/app/_server/download";
import { tenantRoute } from "@/app/_server/scope";
import { auditCsv } from "@/domain/audit/csv";
import { auditFilterOf } from "@/domain/audit/filter";
import { listAudit } from "@/domain/audit/list";

/** What a spreadsheet bears; who needs more asks for fewer days. */
const most = 10_000;

export const GET = tenantRoute("audit.read", async ({ scope, tenant, now }, request) => {
  const filter = auditFilterOf(Object.fromEntries(new URL(request.url).searchParams));
  const { rows } = await listAudit(scope, { filter, zone: tenant.timeZone, before: null }, most);
  const name = `audit-${tenant.slug}-${now.toISOString().slice(0, 10)}.csv`;
  return new Response(auditCsv(rows), { headers: downloadHeaders(name, "audit.csv", "text/csv; charset=utf-8") });
});
