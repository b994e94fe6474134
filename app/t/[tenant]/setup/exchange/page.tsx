// Setting up, Exchange: the Exchange page's own form and test, and where to go on.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { SoftLink } from "@/app/_ui/soft-link";
import { ExchangeForm } from "../../exchange/exchange-form";
import { exchangeForForm } from "../../exchange/page-exchange";
import { SetupFrame } from "../setup-frame";
import { formOf, stepFacts } from "../step";

export const metadata: Metadata = { title: "Setting up: Exchange" };

export default async function SetupExchangePage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const door = await enterTenant(slug, "exchange.edit");
  const { steps } = await stepFacts(door);
  const { form } = await exchangeForForm(door.scope);
  const { zone, mayEdit, mayTest, closed } = formOf(door);
  const onward = `/t/${slug}/setup/mailbox`;
  return (
    <SetupFrame
      slug={slug}
      company={door.tenant.name}
      steps={steps}
      current="exchange"
      title="Where the mail goes"
      skip={onward}
      form={<ExchangeForm {...form} {...{ slug, zone, mayEdit, mayTest, closed }} onward={onward} />}
    >
      Exchange Server and Postmaster are all it needs; test them, and type the code that arrives. The server may have to
      be{" "}
      <SoftLink href={`/t/${slug}/exchange/prepare`} className="text-accent underline">
        prepared for it
      </SoftLink>
      . Skipped, collected mail waits here until there is a server.
    </SetupFrame>
  );
}
