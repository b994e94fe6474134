// BADMAIL and held mail: groups by cause, each with what to change and the buttons.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { Banner } from "@/app/_ui/state";
import { longTime, shortTime } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { mailWords } from "@/domain/mail-words";
import { deliveryFacts } from "@/domain/message/delivery-facts";
import { lastRefused, type MailGroup, mailGroups, type StuckCounts, stuckCounts } from "@/domain/message/groups";
import { announcedWords, type Keeping, keepingOf, keptUntil } from "@/domain/retention/announced";
import { arrange, type Filter, filters, inFilter } from "./arrange";
import { DeskProvider } from "./desk";
import { GroupCard, keyOf } from "./group-card";

export const metadata: Metadata = { title: "BADMAIL" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<{ show?: string | string[] }>;
}

export default async function BadmailPage({ params, searchParams }: Props) {
  const { scope, tenant, role, now } = await enterTenant((await params).tenant, "queue.read");
  const { show } = await searchParams;
  const filter = filters.find((one) => one === show) ?? "all";
  const [groups, counts, delivery, keeping] = await Promise.all([
    mailGroups(scope),
    stuckCounts(scope),
    deliveryFacts(scope),
    keepingOf(scope, now),
  ]);
  const shown = arrange(groups, filter);
  const open = tenant.state === "active";
  const mayDecide = open && may(role, "badmail.decide");
  const facts = {
    ...delivery,
    slug: tenant.slug,
    zone: tenant.timeZone,
    now,
    mayDecide,
    mayRule: open && may(role, "rule.edit"),
  };
  return (
    <>
      <PageHeader title="BADMAIL and held">
        What Exchange refused, and what Mailferry holds for your decision.{" "}
        {open
          ? `Each mail is kept whole ${keptUntil(keeping.badmailDays)}.${mayDecide ? "" : " Your role can’t decide."}`
          : "Nobody can decide while this tenant is closed."}{" "}
        Times in {tenant.timeZone}.
      </PageHeader>
      {open && <Expiry keeping={keeping} clock={(at) => shortTime(at, tenant.timeZone, now)} />}
      <Filters slug={tenant.slug} groups={groups} counts={counts} filter={filter} />
      <DeskProvider slug={tenant.slug} shown={shown.map(keyOf)}>
        {shown.map((one) => (
          <GroupCard key={keyOf(one)} shown={one} facts={facts} />
        ))}
      </DeskProvider>
      {shown.length === 0 &&
        (filter === "all" ? (
          <Nothing zone={tenant.timeZone} {...(await lastRefused(scope))} />
        ) : (
          <NothingHere filter={filter} />
        ))}
      <Apart counts={counts} />
    </>
  );
}

/** What will go by a setting, unless somebody decides before. */
function Expiry({ keeping, clock }: { keeping: Keeping; clock: (at: Date) => string }) {
  if (!keeping.announced) return null;
  const { title, detail } = announcedWords(keeping.announced, keeping.badmailDays, clock);
  return (
    <div className="mb-6">
      <Banner state="needs" title={title}>
        {detail}
      </Banner>
    </div>
  );
}

const labels: Record<Filter, string> = { all: "All", badmail: "BADMAIL", held: "Held", "too-large": "Too large" };

function Filters({
  slug,
  groups,
  counts,
  filter,
}: {
  slug: string;
  groups: MailGroup[];
  counts: StuckCounts;
  filter: Filter;
}) {
  if (groups.length === 0) return null;
  const sizes: Record<Filter, number> = {
    all: counts.badmail + counts.held,
    badmail: counts.badmail,
    held: counts.held,
    "too-large": groups.filter((one) => inFilter(one, "too-large")).reduce((sum, one) => sum + one.mails, 0),
  };
  return (
    <nav aria-label="Which mails" className="mb-4">
      <ul className="flex flex-wrap gap-1">
        {filters
          .filter((one) => one === filter || one === "all" || sizes[one] > 0)
          .map((one) => (
            <li key={one}>
              <SoftLink
                href={`/t/${slug}/badmail${one === "all" ? "" : `?show=${one}`}`}
                aria-current={one === filter ? "page" : undefined}
                className="flex h-8 items-center gap-2 rounded-md px-2.5 text-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-n4 aria-[current=page]:font-medium aria-[current=page]:text-ink"
              >
                {labels[one]} <span className="tabular text-table">{sizes[one].toLocaleString("en")}</span>
              </SoftLink>
            </li>
          ))}
      </ul>
    </nav>
  );
}

/** An empty BADMAIL is a proof, not a void. */
function Nothing({ at, accepted, zone }: { at: Date | null; accepted: number; zone: string }) {
  const mails = accepted === 1 ? "the one mail" : `all ${accepted.toLocaleString("en")} mails`;
  if (at)
    return (
      <EmptyState title={`Nothing refused since ${longTime(at, zone)}`}>
        Nothing is held either. What Exchange refuses from now on stands here, with its words and what to change.
      </EmptyState>
    );
  return (
    <EmptyState title="Nothing waits for your decision">
      {accepted > 0
        ? `Exchange accepted ${mails} that Mailferry still keeps a record of, and refused none.`
        : "No mail was delivered yet. What Exchange refuses will stand here, with its words and what to change."}
    </EmptyState>
  );
}

const NothingHere = ({ filter }: { filter: Filter }) => (
  <EmptyState
    title={
      filter === "too-large" ? "No mail is too large" : filter === "held" ? "Nothing is held" : "Nothing is in BADMAIL"
    }
  />
);

/** Why these numbers may differ from those of the groups. */
function Apart({ counts: { alsoWaiting, copies } }: { counts: StuckCounts }) {
  const said = [
    alsoWaiting > 0 &&
      `${mailWords(alsoWaiting)} here still ${alsoWaiting === 1 ? "waits" : "wait"} for another recipient and ${alsoWaiting === 1 ? "counts" : "count"} as waiting.`,
    copies > 0 &&
      `${copies === 1 ? "1 is a copy" : `${copies.toLocaleString("en")} are copies`} made by a rule, which the numbers above leave out.`,
  ].filter(Boolean);
  return said.length > 0 ? <p className="border-line border-t pt-4 text-soft text-table">{said.join(" ")}</p> : null;
}
