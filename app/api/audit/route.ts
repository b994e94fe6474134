// All of the platform's audit log that fits a filter, as a file: the installation's own, one tenant's, or all together.
import { downloadHeaders, textStream } from "@/app/_server/download";
import { platformRoute } from "@/app/_server/scope";
import { auditCsv, auditPages, rowsPerPage } from "@/domain/audit/csv";
import { auditFilterOf, auditWhereOf } from "@/domain/audit/filter";
import { listPlatformAudit, type PlatformAuditPage } from "@/domain/platform/audit";
import { machineTimeZone } from "@/domain/tenant/schema";

export const GET = platformRoute("platform.audit", async ({ scope, token, now }, request) => {
  const asked = Object.fromEntries(new URL(request.url).searchParams);
  const page = { filter: auditFilterOf(asked), where: auditWhereOf(asked), zone: machineTimeZone() };
  const pages = auditPages((before: PlatformAuditPage["before"]) =>
    listPlatformAudit(scope, token, { ...page, before }, rowsPerPage),
  );
  const headers = downloadHeaders(
    `audit-${now.toISOString().slice(0, 10)}.csv`,
    "audit.csv",
    "text/csv; charset=utf-8",
  );
  return new Response(textStream(auditCsv(pages, true), "the platform's audit log as a file"), { headers });
});
