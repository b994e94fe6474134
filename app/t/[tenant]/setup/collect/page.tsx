// Setting up, the last step: which mail, what stays at the provider, and then how the first collecting goes.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { collectedFrom } from "@/domain/mailbox/first-collecting";
import { setUpStep } from "@/domain/mailbox/setting-up";
import { latestTest } from "@/domain/probe/latest";
import { MailboxForm } from "../../mailboxes/mailbox-form";
import { NoMailbox } from "../no-mailbox";
import { SetupFrame } from "../setup-frame";
import { formOf, shownMailbox, stepFacts } from "../step";
import { FirstCollecting } from "./first-collecting";

export const metadata: Metadata = { title: "Setting up: collecting" };

export default async function SetupCollectPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const door = await enterTenant(slug, "mailbox.edit");
  const { steps, mailbox, postmaster, facts } = await stepFacts(door);
  const waits = mailbox !== null && setUpStep(mailbox) !== null;
  const form = async () => {
    if (!mailbox) return <NoMailbox slug={slug} />;
    if (!waits)
      return (
        <>
          <FirstCollecting
            slug={slug}
            mailbox={mailbox}
            collected={await collectedFrom(door.scope, mailbox.id)}
            facts={facts}
            zone={door.tenant.timeZone}
            now={door.now}
          />
          <KeepFresh on={["mail", "mailbox", "lane", "settings"]} />
        </>
      );
    return (
      <MailboxForm
        {...formOf(door)}
        mailbox={shownMailbox(mailbox)}
        defaults={mailbox.settings}
        postmaster={postmaster}
        earlier={await latestTest(door.scope, mailbox)}
        setUp={{ part: "start", onward: `/t/${slug}/setup/collect` }}
      />
    );
  };
  return (
    <SetupFrame
      slug={slug}
      company={door.tenant.name}
      steps={steps}
      current="collect"
      title={waits ? "Which mail to collect, and what stays at the provider" : "The first collecting"}
      {...(waits ? { skip: `/t/${slug}` } : {})}
      form={await form()}
    >
      {waits
        ? "The last step: saving it starts the collecting. Until then the mailbox stays stopped and all mail where it is."
        : "This page follows what happens."}
    </SetupFrame>
  );
}
