// Overview: is mail flowing, what needs a person, and the proof that nothing is missing.
import { enterTenant } from "@/app/_server/scope";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { Banner } from "@/app/_ui/state";
import { relativeTime, shortTime } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { openAlertsOf } from "@/domain/alert/store";
import { proofOf } from "@/domain/ledger/proof";
import { holds, sumOf } from "@/domain/ledger/sum";
import { topics } from "@/domain/live/topics";
import { stuckCounts } from "@/domain/message/groups";
import { chart, ranges } from "@/domain/overview/chart";
import { overviewFacts } from "@/domain/overview/facts";
import { flowOf } from "@/domain/overview/flow";
import { needsOf } from "@/domain/overview/needs";
import { isNew, setupSteps } from "@/domain/overview/setup";
import { keepingOf } from "@/domain/retention/announced";
import type { TenantScope } from "@/domain/scope";
import { ChartView } from "./_overview/chart-view";
import { Ends } from "./_overview/ends";
import { Headline } from "./_overview/headline";
import { ProofLine, SumTable, WrongMails } from "./_overview/proof";
import { RemedyButton } from "./_overview/remedy-button";
import { SetupStepsView } from "./_overview/setup-steps-view";
import { Trying } from "./_trying/trying";

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<{ range?: string | string[] }>;
}

export default async function OverviewPage({ params, searchParams }: Props) {
  const { scope, tenant, role, now } = await enterTenant((await params).tenant, "overview.read");
  const asked = (await searchParams).range;
  const range = ranges.find((one) => one === asked) ?? "day";
  const { slug, timeZone: zone } = tenant;
  const [facts, { proof, sum }, stuck, keeping, alerts, buckets] = await Promise.all([
    overviewFacts(scope, zone, now),
    provedOrCounted(scope, now),
    stuckCounts(scope),
    keepingOf(scope, now),
    openAlertsOf(scope),
    chart(scope, range, zone, now),
  ]);
  const say = { clock: (at: Date) => shortTime(at, zone, now), ago: (at: Date) => relativeTime(at, now) };
  const given = { facts, tenant, now, say };
  const flow = flowOf(given);
  const needs = needsOf({ ...given, flow, sum, proof, stuck, keeping, alerts });
  const open = tenant.state === "active";
  const rights = { run: open && may(role, "queue.run"), edit: open && may(role, "exchange.edit") };
  return (
    <>
      <h1 className="sr-only">Overview</h1>
      <Trying slug={slug} zone={zone} now={now}>
        <Headline flow={flow}>
          {flow.remedy && <RemedyButton slug={slug} remedy={flow.remedy} kind="primary" may={rights} />}
        </Headline>
      </Trying>
      {open && isNew(facts) && <SetupStepsView slug={slug} steps={setupSteps(facts)} mayEdit={rights.edit} />}
      {needs.length > 0 && (
        <Trying slug={slug} zone={zone} now={now}>
          <ul aria-label="What needs a person" className="mb-6 grid gap-2">
            {needs.map((need) => (
              <li key={need.key}>
                <Banner
                  state={need.state}
                  title={need.title}
                  action={need.remedy && <RemedyButton slug={slug} remedy={need.remedy} may={rights} />}
                >
                  {need.detail}
                </Banner>
                {need.key === "sum" && sum && <SumTable sum={sum} />}
                {need.key === "bytes" && <WrongMails slug={slug} proof={proof} />}
              </li>
            ))}
          </ul>
        </Trying>
      )}
      {!isNew(facts) && <ChartView slug={slug} range={range} buckets={buckets} zone={zone} now={now} />}
      <Ends slug={slug} facts={facts} closed={!open} zone={zone} now={now} />
      {(!sum || holds(sum)) && proof.wrong === 0 && (
        <ProofLine collected={facts.today.collectedEver} proof={proof} zone={zone} now={now} />
      )}
      <p className="mt-4 text-soft text-table">Times in {zone}. This page follows what happens.</p>
      <KeepFresh on={topics} />
    </>
  );
}

/** The worker proves each company about every ten minutes. */
const proofHoldsMs = 30 * 60_000;

/**
 * What the worker proved a short while ago stands. Counting reads each mail of the company, so it is done for this page only
 * where nothing was proved for longer (no worker runs), or where the sum failed and its numbers are wanted.
 */
async function provedOrCounted(scope: TenantScope, now: Date) {
  const proof = await proofOf(scope);
  const stands = proof.sumHolds && proof.sumAt !== null && now.getTime() - proof.sumAt.getTime() < proofHoldsMs;
  return { proof, sum: stands ? null : await sumOf(scope) };
}
