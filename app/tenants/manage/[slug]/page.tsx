// One tenant, as the provider manages it: close it, see what still waits in it, or undo that.
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { enterPlatform, tryTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { Column, Mono, PageHeader, Section } from "@/app/_ui/page";
import { longTime } from "@/app/_ui/time";
import { boundedMailWords } from "@/domain/queue/bounded";
import { type PlaceCounts, placeCounts } from "@/domain/tenant/store";
import { erasedFrom, undoDays } from "@/domain/tenant/store-platform";
import type { TenantView } from "@/domain/tenant/view";
import { CloseTenant, ReopenTenant } from "./close-tenant";

export const metadata: Metadata = { title: "Manage tenant · Mailferry" };

export default async function ManageTenantPage({ params }: { params: Promise<{ slug: string }> }) {
  await enterPlatform("platform.tenants");
  const door = (await tryTenant((await params).slug))?.door;
  if (!door) notFound();
  const { tenant, scope, now } = door;
  const counts = await placeCounts(scope);
  return (
    <Column>
      <PageHeader title={tenant.name} actions={<ButtonLink href={`/t/${tenant.slug}`}>Open</ButtonLink>}>
        <Mono>{tenant.slug}</Mono> · site <Mono>{tenant.site}</Mono> · {tenant.timeZone}
      </PageHeader>
      {tenant.closedAt ? (
        <Closed tenant={tenant} closedAt={tenant.closedAt} counts={counts} now={now} />
      ) : (
        <Section
          title="Close this tenant"
          help={`Collecting stops at once. What waits still goes to Exchange. For ${undoDays} days it can be undone; then settings, mails and history are erased.`}
        >
          <div>
            <CloseTenant
              slug={tenant.slug}
              name={tenant.name}
              counts={counts}
              undoUntil={longTime(erasedFrom(now), tenant.timeZone)}
            />
          </div>
        </Section>
      )}
    </Column>
  );
}

interface ClosedProps {
  tenant: TenantView;
  closedAt: Date;
  counts: PlaceCounts;
  now: Date;
}

function Closed({ tenant, closedAt, counts, now }: ClosedProps) {
  const { slug, name, timeZone } = tenant;
  const erased = erasedFrom(closedAt);
  const undone = erased > now;
  return (
    <Section
      title={`Closed since ${longTime(closedAt, timeZone)}`}
      help={
        undone
          ? "Nothing is collected, and its members can’t enter. Until it is erased closing can be undone."
          : `Closing can’t be undone any more: its ${undoDays} days are over. The worker’s next round erases it.`
      }
    >
      <dl className="grid gap-3">
        <Fact name="Still waits">
          {counts.waiting === 0
            ? "no mail"
            : `${boundedMailWords(counts.waiting)}, which ${counts.waiting === 1 ? "goes" : "go"} to Exchange as before`}
        </Fact>
        <Fact name="Held">{counts.held === 0 ? "no mail" : boundedMailWords(counts.held)}</Fact>
        <Fact name="BADMAIL">{counts.badmail === 0 ? "no mail" : boundedMailWords(counts.badmail)}</Fact>
        <Fact name="Erased">
          {undone
            ? `${longTime(erased, timeZone)}: settings, passwords, members, mails and history, also what is held, in BADMAIL or still waits then`
            : "now"}
        </Fact>
      </dl>
      {undone && (
        <div>
          <ReopenTenant slug={slug} name={name} />
        </div>
      )}
      <KeepFresh on={["settings"]} />
    </Section>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt className="text-soft text-table">{name}</dt>
    <dd>{children}</dd>
  </div>
);
