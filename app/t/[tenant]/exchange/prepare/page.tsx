// Prepare Exchange: what to run there so that collected mail is taken, filtered rightly and never refused for its size. The
// steps are made in domain/prepare; nothing of it is run by us.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { PageHeader } from "@/app/_ui/page";
import { may } from "@/domain/access";
import { readExchange } from "@/domain/exchange/store";
import { findingOf } from "@/domain/prepare/findings";
import { prepareSteps } from "@/domain/prepare/steps";
import { prepareFacts } from "@/domain/prepare/store";
import { pageExchange } from "../page-exchange";
import { CurrentFinding, FindingList } from "./finding-list";
import { HopTable } from "./hop-table";
import { OurAddresses } from "./our-addresses";
import { StepView } from "./step-view";

export const metadata: Metadata = { title: "Prepare Exchange" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<{ finding?: string | string[] }>;
}

export default async function PreparePage({ params, searchParams }: Props) {
  const { tenant: slug } = await params;
  const { scope, role, tenant, now } = await enterTenant(slug, "exchange.read");
  const [facts, exchange] = [await prepareFacts(scope), await readExchange(scope)];
  const asked = (await searchParams).finding;
  const named = typeof asked === "string" ? asked : facts.test?.ok === false ? facts.test.finding : "";
  const current = findingOf(named);
  const steps = prepareSteps(facts);
  const where = { slug, zone: tenant.timeZone, now };
  return (
    <>
      <PageHeader
        title="Prepare Exchange"
        actions={<ButtonLink href={`/t/${slug}/exchange`}>Exchange settings</ButtonLink>}
      >
        Five steps for the Exchange Management Shell, filled in for {tenant.name}, each with its undo. Mailferry runs
        none of this: open the shell on your server as an administrator, copy one block at a time, read it, press Enter.
        All of it may be left out; each step says what happens then. Times in {tenant.timeZone}.
      </PageHeader>
      <OurAddresses
        {...where}
        facts={facts}
        saved={exchange ? pageExchange(exchange) : null}
        mayTest={may(role, "exchange.test-saved") && tenant.state !== "closed"}
        mayEdit={may(role, "exchange.edit") && tenant.state !== "closed"}
      />
      {current && <CurrentFinding finding={current} steps={steps} />}
      {steps.map((step, n) => (
        <StepView key={step.key} step={step} number={n + 1}>
          {step.key === "internal" && facts.hops.length > 0 && (
            <HopTable {...where} hops={facts.hops} looked={facts.looked} />
          )}
        </StepView>
      ))}
      <FindingList current={current} steps={steps} />
    </>
  );
}
