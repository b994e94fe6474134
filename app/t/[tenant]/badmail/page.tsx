// BADMAIL and held mail: groups by cause, each with what to change and the buttons.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button";
import { EmptyState, Mono, PageHeader } from "@/app/_ui/page";
import { StateMark } from "@/app/_ui/state";
import { Time } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { type MailGroup, mailGroups } from "@/domain/message/groups";
import { reasonWords } from "@/domain/message/reasons";
import { DecideButtons } from "./decide-buttons";

export const metadata: Metadata = { title: "BADMAIL" };

export default async function BadmailPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { scope, tenant, role, now } = await enterTenant((await params).tenant, "queue.read");
  const groups = await mailGroups(scope);
  const when = (at: Date) => <Time at={at} zone={tenant.timeZone} now={now} />;
  return (
    <>
      <PageHeader title="BADMAIL and held">
        What Exchange refused and what Mailferry holds for your decision. Nothing here is deleted by itself unless an
        administrator switched that on. Times in {tenant.timeZone}.
      </PageHeader>
      {groups.length === 0 && <EmptyState title="Nothing waits for your decision" />}
      {groups.map((group) => (
        <Group key={`${group.place} ${group.reasonKind}`} group={group} when={when}>
          <ButtonLink
            size="small"
            href={`/t/${tenant.slug}/messages?state=${group.place}&reason=${encodeURIComponent(group.reasonKind ?? "")}`}
          >
            Look at them
          </ButtonLink>
          {may(role, "badmail.decide") && (
            <DecideButtons
              slug={tenant.slug}
              target={{ place: group.place, reasonKind: group.reasonKind }}
              count={group.mails}
              again={group.reasonKind !== "nobody"}
            />
          )}
        </Group>
      ))}
    </>
  );
}

function Group({
  group,
  when,
  children,
}: {
  group: MailGroup;
  when: (at: Date) => React.ReactNode;
  children: React.ReactNode;
}) {
  const { title, remedy } = reasonWords(group.reasonKind);
  return (
    <section className="border-line border-t py-6">
      <h2 className="font-semibold">
        <StateMark state="needs" bare /> {title}
      </h2>
      <p className="mt-1 text-soft">
        {group.mails} {group.mails === 1 ? "mail" : "mails"} {group.place === "held" ? "held" : "in BADMAIL"} since{" "}
        {when(group.since)}
      </p>
      {(group.words ?? group.reason) && (
        <p className="mt-2">
          <Mono>{group.words ?? group.reason}</Mono>
        </p>
      )}
      <p className="mt-2 max-w-[72ch]">{remedy}</p>
      <div className="mt-3 flex flex-wrap gap-2">{children}</div>
    </section>
  );
}
