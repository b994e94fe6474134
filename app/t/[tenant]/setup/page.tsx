// The setting up, wherever it was left: what is done, what is not, and the way to the first step that isn't.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { Column, PageHeader } from "@/app/_ui/page";
import { SetupStepsView } from "../_overview/setup-steps-view";
import { stepFacts } from "./step";

export const metadata: Metadata = { title: "Setting up" };

export default async function SetupPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const door = await enterTenant(slug, "mailbox.edit");
  const { steps } = await stepFacts(door);
  const closed = door.tenant.state !== "active";
  const done = steps.every((step) => step.done);
  return (
    <Column>
      <PageHeader title={`Setting up ${door.tenant.name}`}>
        {closed
          ? "This company is closed, so nothing is set up. What was done before stands here."
          : done
            ? "All of it is done. Each step can be looked at again."
            : "Each step can be left and come back to; what was skipped stands here undone."}
      </PageHeader>
      <SetupStepsView slug={slug} steps={steps} mayEdit={!closed} />
      {done && <ButtonLink href={`/t/${slug}`}>To the overview</ButtonLink>}
    </Column>
  );
}
