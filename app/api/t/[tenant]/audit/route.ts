// All of a tenant's audit log that fits a filter, as a file.
import { downloadHeaders, textStream } from "@/app/_server/download";
import { tenantRoute } from "@/app/_server/scope";
import { auditCsv, auditPages, rowsPerPage } from "@/domain/audit/csv";
import { auditFilterOf } from "@/domain/audit/filter";
import { listAudit } from "@/domain/audit/list";

export const GET = tenantRoute("audit.read", async ({ scope, tenant, now }, request) => {
  const filter = auditFilterOf(Object.fromEntries(new URL(request.url).searchParams));
  const pages = auditPages((before: number | null) =>
    listAudit(scope, { filter, zone: tenant.timeZone, before }, rowsPerPage),
  );
  const name = `audit-${tenant.slug}-${now.toISOString().slice(0, 10)}.csv`;
  const headers = downloadHeaders(name, "audit.csv", "text/csv; charset=utf-8");
  return new Response(textStream(auditCsv(pages), "a tenant's audit log as a file"), { headers });
});
