// One mail: how it stands, its journey from door to door, and, for those who may look, the mail itself.
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { z } from "zod";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { Mono, PageHeader } from "@/app/_ui/page";
import { shortTime } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { type Journey, readJourney } from "@/domain/message/journey";
import { queueLane } from "@/domain/queue/lane";
import { type Announced, keepingOf } from "@/domain/retention/announced";
import { DecideButtons } from "../../badmail/decide-buttons";
import { RuleOfThis } from "../../badmail/rule-of-this";
import { Content, ContentGone } from "./content";
import { Facts } from "./facts";
import { JourneyLine } from "./journey";
import { htmlThere, look, partOf } from "./look";
import { goneWords, Standing } from "./standing";

export const metadata: Metadata = { title: "Message" };

interface Props {
  params: Promise<{ tenant: string; id: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function MessagePage({ params, searchParams }: Props) {
  const { tenant: slug, id } = await params;
  const { scope, tenant, role, now } = await enterTenant(slug, "message.read");
  if (!z.uuid().safeParse(id).success) notFound();
  const [journey, lane, keeping] = await Promise.all([readJourney(scope, id), queueLane(scope), keepingOf(scope, now)]);
  if (!journey) notFound();
  const { mail, recipients, bodyThere } = journey;
  const open = tenant.state === "active";
  const part = partOf((await searchParams).show);
  const looks = may(role, "message.body");
  const base = `/t/${tenant.slug}`;
  const zone = tenant.timeZone;
  return (
    <>
      <PageHeader title={mail.subject || "(no subject)"}>
        From <Mono>{mail.sender || mail.headerFrom || "<>"}</Mono> to <To recipients={recipients} />. Times in {zone}.
      </PageHeader>
      <Standing
        journey={journey}
        lane={lane}
        zone={zone}
        now={now}
        goesAt={open ? goesAtOf(journey, keeping.announced) : null}
        actions={
          open && isStuck(journey) && may(role, "badmail.decide") ? (
            <div className="flex flex-wrap gap-2">
              <DecideButtons slug={slug} target={{ ids: [id] }} count={1} again={recipients.length > 0} />
              {may(role, "rule.edit") && mail.kind === "collected" && (
                <RuleOfThis slug={slug} mail={stuckOf(journey)} />
              )}
            </div>
          ) : (
            mail.place === "waiting" &&
            lane &&
            lane.state !== "closed" &&
            may(role, "queue.read") && (
              <ButtonLink size="small" href={`${base}/queue`}>
                Look at the queue
              </ButtonLink>
            )
          )
        }
      />
      <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_260px]">
        <section aria-labelledby="journey">
          <h2 id="journey" className="sr-only">
            Journey
          </h2>
          <JourneyLine journey={journey} lane={lane} base={base} zone={zone} now={now} />
        </section>
        <aside aria-label="Envelope" className="border-line max-lg:border-t max-lg:pt-6 lg:border-l lg:pl-6">
          <Facts journey={journey} zone={zone} />
        </aside>
      </div>
      {/* Not while the mail itself is shown: each look at it stands in the audit log. */}
      {!over.has(mail.place) && !part && <KeepFresh on={["mail", "lane"]} />}
      {!bodyThere && over.has(mail.place) ? (
        <ContentGone>
          {goneWords(mail.place, journey.erasedAt, journey.keptHours, (at) => shortTime(at, zone, now))}
        </ContentGone>
      ) : looks ? (
        <Content
          here={`${base}/messages/${id}`}
          files={`/api/t/${tenant.slug}/messages/${id}`}
          part={part}
          looked={part && (await look(scope, id, part))}
          html={await htmlThere(scope, mail)}
        />
      ) : (
        <p className="mt-8 border-line border-t pt-6 text-soft">
          Headers and text are shown to operators and administrators of this tenant.
        </p>
      )}
    </>
  );
}

/** Places whose bytes go by and by. */
const over = new Set(["delivered", "merged", "discarded", "deleted", "expired"]);

/** The announcement names whole mails that are in BADMAIL or held. */
function goesAtOf({ mail }: Journey, announced: Announced | null): Date | null {
  if (!announced || mail.kind !== "collected" || (mail.place !== "badmail" && mail.place !== "held")) return null;
  return (mail.settledAt ?? mail.collectedAt) <= announced.upTo ? announced.goesAt : null;
}

/** Somebody has to decide about it, or about one of its recipients. */
const isStuck = ({ mail, recipients }: Journey): boolean =>
  recipients.length > 0
    ? recipients.some(({ place }) => place === "held" || place === "badmail")
    : mail.place === "held" || mail.place === "badmail";

/** What a rule could be made of: the mail, and the recipient that it is stuck for, as the mail named it. */
function stuckOf({ mail, recipients }: Journey) {
  const stuck = recipients.find(({ place }) => place === "held" || place === "badmail");
  return {
    ...mail,
    reasonKind: stuck?.reasonKind ?? mail.reasonKind,
    address: stuck?.original || stuck?.address || "",
  };
}

function To({ recipients }: Pick<Journey, "recipients">) {
  const [first, ...more] = recipients;
  if (!first) return "nobody yet";
  return (
    <>
      <Mono>{first.address}</Mono>
      {more.length > 0 && ` and ${more.length} more`}
    </>
  );
}
