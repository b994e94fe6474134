// What was done to the installation, in a tenant, or everywhere.

import type { Metadata } from "next";
import { rowNumber } from "@/app/_server/row-number";
import { enterPlatform, sessionToken } from "@/app/_server/scope";
import { AuditFilters } from "@/app/_ui/audit-filters";
import { AuditTable } from "@/app/_ui/audit-table";
import { ButtonLink } from "@/app/_ui/button-link";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { auditFilterOf, auditQuery, auditWhereOf, isFiltered } from "@/domain/audit/filter";
import { auditKinds } from "@/domain/audit/words";
import { listPlatformAudit } from "@/domain/platform/audit";
import { machineTimeZone } from "@/domain/tenant/schema";

export const metadata: Metadata = { title: "Audit · Mailferry" };

type Search = Promise<Record<string, string | string[] | undefined>>;
const here = "/tenants/audit";

export default async function PlatformAuditPage({ searchParams }: { searchParams: Search }) {
  const { scope } = await enterPlatform("platform.audit");
  const asked = await searchParams;
  const filter = auditFilterOf(asked);
  const where = auditWhereOf(asked);
  const before = beforeOf(asked.before);
  const zone = machineTimeZone();
  const page = { filter, zone, where, before };
  const { rows, older } = await listPlatformAudit(scope, (await sessionToken()) ?? "", page, 50);
  const next = older && `${older.at.getTime()}.${older.id}`;
  return (
    <>
      <PageHeader
        title="Audit"
        actions={
          rows.length > 0 && (
            <ButtonLink size="small" download href={`/api/audit?${auditQuery({ ...filter, where })}`}>
              Download as CSV
            </ButtonLink>
          )
        }
      >
        Who did what to the platform: tenants, people, second factors. Name a tenant to see what was done in it, or *
        for everything. Times in {zone}.
      </PageHeader>
      <AuditFilters filter={filter} kinds={Object.keys(auditKinds)} here={here} where={where} />
      {rows.length === 0 ? (
        <EmptyState
          title={isFiltered(filter) || where ? "Nothing fits" : "Nothing was changed yet"}
          action={(isFiltered(filter) || where) && <ButtonLink href={here}>Show all</ButtonLink>}
        >
          {!isFiltered(filter) &&
            !where &&
            "Who made and closed tenants, added people and changed what they may do stands here."}
        </EmptyState>
      ) : (
        <AuditTable rows={rows} zone={zone} />
      )}
      <Pager
        newer={before ? `${here}?${auditQuery({ ...filter, where })}` : undefined}
        older={next ? `${here}?${auditQuery({ ...filter, where, before: next })}` : undefined}
      />
    </>
  );
}

/** "1795708800000.42": time and id of the last row before. */
function beforeOf(asked: string | string[] | undefined): { at: Date; id: number } | null {
  const [, at, id] = /^(\d{1,14})\.(\d{1,15})$/.exec(typeof asked === "string" ? asked : "") ?? [];
  const number = rowNumber(id);
  return at && number ? { at: new Date(Number(at)), id: number } : null;
}
