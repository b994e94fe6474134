// One tenant, as the provider manages it: close it, or undo that.
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { enterPlatform, sessionToken } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button";
import { Column, Mono, PageHeader, Section } from "@/app/_ui/page";
import { longTime } from "@/app/_ui/time";
import { undoDays } from "@/domain/tenant/store-platform";
import { enter } from "@/domain/tenant/view";
import { CloseTenant, ReopenTenant } from "./close-tenant";

export const metadata: Metadata = { title: "Manage tenant · Mailferry" };

export default async function ManageTenantPage({ params }: { params: Promise<{ slug: string }> }) {
  const { scope, now } = await enterPlatform("platform.tenants");
  const entered = await enter(scope.db, (await sessionToken()) ?? "", (await params).slug);
  if (!entered) notFound();
  const { tenant } = entered;
  const eraseAt = new Date((tenant.closedAt ?? now).getTime() + undoDays * 86_400_000);
  return (
    <Column>
      <PageHeader title={tenant.name} actions={<ButtonLink href={`/t/${tenant.slug}`}>Open</ButtonLink>}>
        <Mono>{tenant.slug}</Mono> · site <Mono>{tenant.site}</Mono> · {tenant.timeZone}
      </PageHeader>
      {tenant.state === "active" ? (
        <Section
          title="Close this tenant"
          help={`Collecting stops at once. What waits still goes to Exchange. For ${undoDays} days it can be undone; then settings, mails and history are erased.`}
        >
          <div>
            <CloseTenant slug={tenant.slug} name={tenant.name} />
          </div>
        </Section>
      ) : (
        <Section
          title={`Closed since ${longTime(tenant.closedAt ?? now, tenant.timeZone)}`}
          help={`On ${longTime(eraseAt, tenant.timeZone)} settings, mails and history are erased. Until then closing can be undone.`}
        >
          <div>
            <ReopenTenant slug={tenant.slug} name={tenant.name} />
          </div>
        </Section>
      )}
    </Column>
  );
}
