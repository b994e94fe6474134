// Setting up, recipients: who gets the mail, shown on the mailbox's newest ones.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { latestTest } from "@/domain/probe/latest";
import { MailboxForm } from "../../mailboxes/mailbox-form";
import { NoMailbox } from "../no-mailbox";
import { SetupFrame } from "../setup-frame";
import { formOf, shownMailbox, stepFacts } from "../step";

export const metadata: Metadata = { title: "Setting up: recipients" };

export default async function SetupRecipientsPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const door = await enterTenant(slug, "mailbox.edit");
  const { steps, mailbox, postmaster } = await stepFacts(door);
  const onward = `/t/${slug}/setup/collect`;
  return (
    <SetupFrame
      slug={slug}
      company={door.tenant.name}
      steps={steps}
      current="recipients"
      title={mailbox ? `Who gets the mail of ${mailbox.settings.name}` : "Who gets the mail"}
      {...(mailbox ? { skip: onward } : {})}
      form={
        mailbox ? (
          <MailboxForm
            {...formOf(door)}
            mailbox={shownMailbox(mailbox)}
            defaults={mailbox.settings}
            postmaster={postmaster}
            earlier={await latestTest(door.scope, mailbox)}
            setUp={{ part: "recipients", onward }}
          />
        ) : (
          <NoMailbox slug={slug} />
        )
      }
    >
      The newest mails of the mailbox show who would get each. Only their headers are looked at: nothing is collected,
      deleted or marked as read.
    </SetupFrame>
  );
}
