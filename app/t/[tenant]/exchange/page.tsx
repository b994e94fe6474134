// The Exchange page: where mail goes, how we speak to that server, whom we tell.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { PageHeader } from "@/app/_ui/page";
import { Banner } from "@/app/_ui/state";
import { may } from "@/domain/access";
import { Trying } from "../_trying/trying";
import { ExchangeForm } from "./exchange-form";
import { LaneBand } from "./lane-band";
import { exchangeForForm } from "./page-exchange";

export const metadata: Metadata = { title: "Exchange" };

export default async function ExchangePage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const { scope, role, tenant, now } = await enterTenant(slug, "exchange.read");
  const { found, form } = await exchangeForForm(scope);
  const closed = tenant.state === "closed";
  return (
    <>
      <PageHeader
        title="Exchange Server Configuration"
        actions={<ButtonLink href={`/t/${slug}/exchange/prepare`}>Prepare Exchange</ButtonLink>}
      >
        How Mailferry reaches your Microsoft Exchange server, how often it tries again, and whom it tells. Times in{" "}
        {tenant.timeZone}.
      </PageHeader>
      {!found && (
        <div className="mb-8">
          <Banner
            state="needs"
            title="No Exchange server is set up yet."
            action={
              may(role, "exchange.edit") &&
              !closed && (
                <ButtonLink size="small" href={`/t/${slug}/setup/exchange`}>
                  Set up step by step
                </ButtonLink>
              )
            }
          >
            Collected mail waits here until there is one. The values below are what an empty form begins with.
          </Banner>
        </div>
      )}
      {found && (
        <Trying slug={slug} zone={tenant.timeZone} now={now}>
          <LaneBand
            slug={slug}
            lane={found.lane}
            host={found.settings.host}
            maxConnections={found.settings.maxConnections}
            certificate={found.settings.certificate}
            hasPassword={found.hasPassword}
            zone={tenant.timeZone}
            now={now}
            mayEdit={may(role, "exchange.edit") && !closed}
            mayRun={may(role, "queue.run") && !closed}
          />
        </Trying>
      )}
      <ExchangeForm
        slug={slug}
        {...form}
        zone={tenant.timeZone}
        mayEdit={may(role, "exchange.edit") && !closed}
        mayTest={may(role, "exchange.test-saved") && !closed}
        closed={closed}
      />
      {found && <KeepFresh on={["lane", "mail", "settings"]} />}
    </>
  );
}
