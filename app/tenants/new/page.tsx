// A new tenant.
import type { Metadata } from "next";
import { enterPlatform } from "@/app/_server/scope";
import { Column, PageHeader } from "@/app/_ui/page";
import { machineTimeZone } from "@/domain/tenant/schema";
import { sites } from "@/domain/tenant/store-platform";
import { NewTenantForm } from "./new-tenant-form";

export const metadata: Metadata = { title: "New tenant · Mailferry" };

export default async function NewTenantPage() {
  const { scope } = await enterPlatform("platform.tenants");
  return (
    <Column>
      <PageHeader title="New tenant">
        A company with mailboxes and an Exchange server of its own. Nothing is collected until you add a mailbox.
      </PageHeader>
      <NewTenantForm
        sites={await sites(scope.db)}
        timeZone={machineTimeZone()}
        zones={Intl.supportedValuesOf("timeZone")}
      />
    </Column>
  );
}
