// A tenant's own settings: name, time zone, contact, how long mails are kept.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { Column, PageHeader } from "@/app/_ui/page";
import { readOwnSettings } from "@/domain/tenant/store";
import { SettingsForm } from "./settings-form";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { scope, tenant } = await enterTenant((await params).tenant, "tenant.edit");
  return (
    <Column>
      <PageHeader title="Settings">What this tenant is called, and how long its mails are kept.</PageHeader>
      <SettingsForm
        slug={tenant.slug}
        settings={await readOwnSettings(scope)}
        mayEdit={tenant.state === "active"}
        zones={Intl.supportedValuesOf("timeZone")}
      />
    </Column>
  );
}
