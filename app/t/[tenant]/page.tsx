// Overview: is mail flowing, and what needs a person.
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button";
import { PageHeader } from "@/app/_ui/page";
import { Banner } from "@/app/_ui/state";
import { holds } from "@/domain/ledger/sum";
import { statusOf } from "@/domain/status/status";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { scope, tenant } = await enterTenant((await params).tenant, "overview.read");
  const status = await statusOf(scope);
  if (!status) notFound();
  const here = `/t/${tenant.slug}`;
  const stopped = status.lanes.find((lane) => lane.state !== "closed");
  const stuck = status.held + status.badmail;
  return (
    <>
      <PageHeader title="Overview" />
      <div className="grid gap-3">
        {status.lanes.length === 0 ? (
          <Banner
            state="needs"
            title="No Exchange server is set up yet, so nothing can be delivered"
            action={<ButtonLink href={`${here}/exchange`}>Set up Exchange</ButtonLink>}
          />
        ) : stopped ? (
          <Banner
            state="stopped"
            title={stopped.reason ?? `Nothing goes to ${stopped.host} right now`}
            action={<ButtonLink href={`${here}/exchange`}>Look at Exchange</ButtonLink>}
          >
            {status.waiting.toLocaleString("en")} mails wait.
          </Banner>
        ) : (
          <Banner state="flowing" title="Mail is flowing">
            {status.delivered.toLocaleString("en")} accepted by Exchange so far, {status.waiting.toLocaleString("en")}{" "}
            waiting.
          </Banner>
        )}
        {stuck > 0 && (
          <Banner
            state="needs"
            title={`${stuck.toLocaleString("en")} ${stuck === 1 ? "mail waits" : "mails wait"} for your decision`}
            action={<ButtonLink href={`${here}/badmail`}>Look at BADMAIL</ButtonLink>}
          />
        )}
        {!holds(status) && (
          <Banner state="stopped" title={`The sum does not hold: ${status.collected} collected`}>
            {status.delivered} delivered, {status.waiting} waiting, {status.held} held, {status.badmail} in BADMAIL,{" "}
            {status.expired} expired, {status.discarded} discarded, {status.merged} merged, {status.deleted} deleted.
          </Banner>
        )}
      </div>
    </>
  );
}
