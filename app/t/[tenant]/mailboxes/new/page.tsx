// A new mailbox: where it is, who gets its mail, and what to do with what is there, before the first poll.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { PageHeader } from "@/app/_ui/page";
import { may } from "@/domain/access";
import { readExchange } from "@/domain/exchange/store";
import { AddressField } from "../address-field";
import { MailboxForm } from "../mailbox-form";
import { newMailbox } from "../new-mailbox";
import { todayIn } from "../today";

export const metadata: Metadata = { title: "New mailbox" };

export default async function NewMailboxPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const { scope, role, tenant, now } = await enterTenant(slug, "mailbox.edit");
  return (
    <>
      <PageHeader title="New mailbox">Test it before you save: nothing is collected until then.</PageHeader>
      <MailboxForm
        slug={slug}
        mailbox={null}
        defaults={newMailbox}
        address={<AddressField />}
        postmaster={(await readExchange(scope))?.settings.postmaster ?? null}
        zone={tenant.timeZone}
        now={now}
        today={todayIn(tenant.timeZone, now)}
        mayEdit={tenant.state === "active"}
        mayTest={may(role, "mailbox.test-saved") && tenant.state === "active"}
        closed={tenant.state === "closed"}
      />
    </>
  );
}
