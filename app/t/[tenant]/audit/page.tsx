// A tenant's audit log: who changed what, who looked at or released which mail.

import type { Metadata } from "next";
import { rowNumber } from "@/app/_server/row-number";
import { enterTenant } from "@/app/_server/scope";
import { AuditFilters } from "@/app/_ui/audit-filters";
import { AuditTable } from "@/app/_ui/audit-table";
import { ButtonLink } from "@/app/_ui/button-link";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { auditFilterOf, auditQuery, isFiltered } from "@/domain/audit/filter";
import { listAudit } from "@/domain/audit/list";
import { tenantKinds } from "@/domain/audit/words";

export const metadata: Metadata = { title: "Audit" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function AuditPage({ params, searchParams }: Props) {
  const { scope, tenant } = await enterTenant((await params).tenant, "audit.read");
  const asked = await searchParams;
  const before = rowNumber(asked.before);
  const filter = auditFilterOf(asked);
  const { rows, older } = await listAudit(scope, { filter, zone: tenant.timeZone, before }, 50);
  const here = `/t/${tenant.slug}/audit`;
  const query = auditQuery(filter);
  return (
    <>
      <PageHeader
        title="Audit"
        actions={
          rows.length > 0 && (
            <ButtonLink size="small" download href={`/api/t/${tenant.slug}/audit?${query}`}>
              Download as CSV
            </ButtonLink>
          )
        }
      >
        Who changed what, and who looked at or released which mail. Rows are never changed and stay for 2 years. Times
        in {tenant.timeZone}.
      </PageHeader>
      <AuditFilters filter={filter} kinds={tenantKinds} here={here} />
      {rows.length === 0 ? (
        <EmptyState
          title={isFiltered(filter) ? "Nothing fits" : "Nothing was changed yet"}
          action={isFiltered(filter) && <ButtonLink href={here}>Show all</ButtonLink>}
        >
          {!isFiltered(filter) &&
            "Every change of a setting, every decision about a mail and every look into one stands here: who, when, and what it was before."}
        </EmptyState>
      ) : (
        <AuditTable rows={rows} zone={tenant.timeZone} />
      )}
      <Pager
        newer={before ? `${here}?${query}` : undefined}
        older={older ? `${here}?${auditQuery({ ...filter, before: String(older) })}` : undefined}
      />
    </>
  );
}
