// A new tenant.
import type { Metadata } from "next";
import { enterPlatform } from "@/app/_server/scope";
import { Column } from "@/app/_ui/page";
import { SetupFrame } from "@/app/t/[tenant]/setup/setup-frame";
import { setupSteps } from "@/domain/overview/setup";
import { machineTimeZone } from "@/domain/tenant/schema";
import { sites } from "@/domain/tenant/store-platform";
import { NewTenantForm } from "./new-tenant-form";

export const metadata: Metadata = { title: "New tenant · Mailferry" };

export default async function NewTenantPage() {
  const { scope } = await enterPlatform("platform.tenants");
  return (
    <SetupFrame
      slug=""
      company=""
      steps={setupSteps({ lane: null, mailboxes: [], tested: false, testFailed: false, signsIn: new Set() })}
      current="company"
      title="New tenant"
      form={
        <Column>
          <NewTenantForm
            sites={await sites(scope.db)}
            timeZone={machineTimeZone()}
            zones={Intl.supportedValuesOf("timeZone")}
          />
        </Column>
      }
    >
      A company with mailboxes and an Exchange server of its own. Five steps; each can be left and come back to. Nothing
      is collected before the last one.
    </SetupFrame>
  );
}
