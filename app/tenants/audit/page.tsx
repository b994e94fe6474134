// What was done to the installation: tenants made and closed, people and their platform roles.

import type { Metadata } from "next";
import { rowNumber } from "@/app/_server/row-number";
import { enterPlatform } from "@/app/_server/scope";
import { AuditTable } from "@/app/_ui/audit-table";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { listPlatformAudit } from "@/domain/platform/audit";
import { machineTimeZone } from "@/domain/tenant/schema";

export const metadata: Metadata = { title: "Audit · Mailferry" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function PlatformAuditPage({ searchParams }: { searchParams: Search }) {
  const { scope } = await enterPlatform("platform.audit");
  const before = rowNumber((await searchParams).before);
  const { rows, older } = await listPlatformAudit(scope, before, 50);
  return (
    <>
      <PageHeader title="Audit">
        Who made or closed a tenant, and who changed people’s roles in all of them. Times in {machineTimeZone()}.
      </PageHeader>
      {rows.length === 0 ? (
        <EmptyState title="Nothing was changed yet">
          Who made and closed tenants, added people and changed what they may do stands here. What is done inside a
          tenant stands in its own audit.
        </EmptyState>
      ) : (
        <AuditTable rows={rows} zone={machineTimeZone()} />
      )}
      <Pager
        newer={before ? "/tenants/audit" : undefined}
        older={older ? `/tenants/audit?before=${older}` : undefined}
      />
    </>
  );
}
