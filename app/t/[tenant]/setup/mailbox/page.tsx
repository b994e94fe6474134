// Setting up, the first mailbox: where it is and how to sign in. It is saved, and nothing is collected yet.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { AddressField } from "../../mailboxes/address-field";
import { MailboxForm } from "../../mailboxes/mailbox-form";
import { newMailbox } from "../../mailboxes/new-mailbox";
import { placeWords } from "../place-words";
import { SetupFrame } from "../setup-frame";
import { formOf, shownMailbox, stepFacts } from "../step";

export const metadata: Metadata = { title: "Setting up: the first mailbox" };

export default async function SetupMailboxPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const door = await enterTenant(slug, "mailbox.edit");
  const { steps, mailbox, postmaster } = await stepFacts(door);
  return (
    <SetupFrame
      slug={slug}
      company={door.tenant.name}
      steps={steps}
      current="mailbox"
      title={mailbox ? `Where the mail comes from: ${mailbox.settings.name}` : "Where the mail comes from"}
      skip={mailbox ? `/t/${slug}/setup/recipients` : `/t/${slug}`}
      form={
        <MailboxForm
          {...formOf(door)}
          mailbox={mailbox && shownMailbox(mailbox)}
          defaults={mailbox?.settings ?? newMailbox}
          address={!mailbox && <AddressField soleRecipient />}
          postmaster={postmaster}
          setUp={{ part: "place", onward: `/t/${slug}/setup/recipients` }}
        />
      }
    >
      {placeWords(mailbox)}
    </SetupFrame>
  );
}
