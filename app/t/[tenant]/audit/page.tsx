// A tenant's audit log: who changed what, who looked at or released which mail.

import type { Metadata } from "next";
import { rowNumber } from "@/app/_server/row-number";
import { enterTenant } from "@/app/_server/scope";
import { AuditTable } from "@/app/_ui/audit-table";
import { Button, ButtonLink } from "@/app/_ui/button";
import { controlClass } from "@/app/_ui/field";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { listAudit } from "@/domain/audit/list";

export const metadata: Metadata = { title: "Audit" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function AuditPage({ params, searchParams }: Props) {
  const { scope, tenant } = await enterTenant((await params).tenant, "audit.read");
  const asked = await searchParams;
  const before = rowNumber(asked.before);
  const search = typeof asked.search === "string" ? asked.search.replaceAll("\0", "").trim().slice(0, 200) : "";
  const { rows, older } = await listAudit(scope, { before, search }, 50);
  const here = `/t/${tenant.slug}/audit`;
  const found = search ? `&search=${encodeURIComponent(search)}` : "";
  return (
    <>
      <PageHeader title="Audit">
        Who changed what, and who looked at or released which mail. Rows are never changed and stay for 2 years. Times
        in {tenant.timeZone}.
      </PageHeader>
      <search>
        <form className="mb-4 flex max-w-[480px] gap-2">
          <input
            type="search"
            name="search"
            defaultValue={search}
            aria-label="Search in person, action and object"
            placeholder="Person, action or object"
            className={controlClass}
          />
          <Button type="submit">Search</Button>
        </form>
      </search>
      {rows.length === 0 ? (
        <EmptyState
          title={search ? `Nothing matches “${search}”` : "Nothing was changed yet"}
          action={search && <ButtonLink href={here}>Show all</ButtonLink>}
        >
          {!search &&
            "Every change of a setting, every decision about a mail and every look into one stands here: who, when, and what it was before."}
        </EmptyState>
      ) : (
        <AuditTable rows={rows} zone={tenant.timeZone} />
      )}
      <Pager
        newer={before ? `${here}?${found.slice(1)}` : undefined}
        older={older ? `${here}?before=${older}${found}` : undefined}
      />
    </>
  );
}
