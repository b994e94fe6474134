// One mail's journey: collected, routed, tried, accepted or refused, with the server's words and people's deeds.
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { z } from "zod";
import { enterTenant } from "@/app/_server/scope";
import { Mono, PageHeader } from "@/app/_ui/page";
import { Banner, type State, StateMark } from "@/app/_ui/state";
import { Time } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { type Journey, readJourney } from "@/domain/message/journey";
import { places } from "@/domain/message/place";
import { reasonWords } from "@/domain/message/reasons";
import { DecideButtons } from "../../badmail/decide-buttons";
import { stateWords } from "../words";

export const metadata: Metadata = { title: "Message" };

type When = (at: Date) => ReactNode;

export default async function MessagePage({ params }: { params: Promise<{ tenant: string; id: string }> }) {
  const { tenant: slug, id } = await params;
  const { scope, tenant, role, now } = await enterTenant(slug, "message.read");
  if (!z.uuid().safeParse(id).success) notFound();
  const journey = await readJourney(scope, id);
  if (!journey) notFound();
  const when: When = (at) => <Time at={at} zone={tenant.timeZone} now={now} />;
  const { mail, recipients } = journey;
  const stuck =
    recipients.some((one) => one.place === "held" || one.place === "badmail") ||
    (recipients.length === 0 && (mail.place === "held" || mail.place === "badmail"));
  return (
    <>
      <PageHeader
        title={mail.subject || "(no subject)"}
        actions={
          stuck &&
          may(role, "badmail.decide") && (
            <DecideButtons slug={slug} target={{ ids: [id] }} count={1} again={recipients.length > 0} />
          )
        }
      >
        From <Mono>{mail.sender || mail.headerFrom || "<>"}</Mono>. Times in {tenant.timeZone}.
      </PageHeader>
      {mail.possibleCopies > 0 && (
        <Banner state="needs" title="Possibly delivered twice">
          The server's answer was lost after the whole mail was sent, and it was sent again. Exchange may have both.
        </Banner>
      )}
      <ol className="mt-4 ml-1 border-line border-l">
        {stops(journey, when).map(({ key, at, state, title, body }) => (
          <li key={key} className="relative grid gap-1 pb-6 pl-5">
            <span className="absolute top-0 -left-[6px] bg-page">
              <StateMark state={state} bare />
            </span>
            <p>
              <span className="font-medium [overflow-wrap:anywhere]">{title}</span>{" "}
              <span className="text-soft">{when(at)}</span>
            </p>
            {body}
          </li>
        ))}
      </ol>
      <Recipients journey={journey} />
    </>
  );
}

interface Stop {
  key: string;
  at: Date;
  state: State;
  title: string;
  body?: ReactNode;
}

function stops({ mail, mailbox, attempts, events }: Journey, when: When): Stop[] {
  const found: Stop[] = [
    {
      key: "collected",
      at: mail.collectedAt,
      state: "flowing",
      title: mailbox ? `Collected from ${mailbox.name}` : `Made by Mailferry (${mail.kind})`,
      body: <p className="text-soft">{Math.max(1, Math.round(mail.size / 1024)).toLocaleString("en")} KB</p>,
    },
    ...events.map((event) => ({
      key: `event ${event.id}`,
      at: event.at,
      state: "idle" as const,
      title: event.who ? `${event.text} (${event.who})` : event.text,
    })),
    ...attempts.map((attempt) => ({
      key: attempt.id,
      at: attempt.startedAt,
      state: attempt.outcome === "accepted" ? ("flowing" as const) : ("needs" as const),
      title:
        attempt.outcome === "accepted"
          ? "Accepted by Exchange"
          : `Attempt ${attempt.number}: ${attempt.outcome ?? "under way"}`,
      body: (
        <>
          {attempt.replyText && <Mono>{attempt.replyText}</Mono>}
          <p className="text-soft">
            {attempt.worker} to {attempt.server || "the server"}
            {attempt.endedAt && <>, ended {when(attempt.endedAt)}</>}
          </p>
        </>
      ),
    })),
  ];
  return found.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function Recipients({ journey: { recipients } }: { journey: Journey }) {
  return (
    <section className="border-line border-t py-6">
      <h2 className="font-semibold">Recipients</h2>
      {recipients.length === 0 && <p className="mt-2 text-soft">Nobody yet.</p>}
      <ul className="mt-2 grid gap-4">
        {recipients.map((one) => {
          const place = stateWords[places.find((name) => name === one.place) ?? "waiting"];
          return (
            <li key={one.id} className="grid gap-0.5">
              <span>
                <Mono>{one.address}</Mono> {one.original && <span className="text-soft">(was {one.original})</span>}
              </span>
              <StateMark state={place.state}>{place.word}</StateMark>
              {one.reasonKind && <span>{reasonWords(one.reasonKind).title}</span>}
              {one.replyText && <Mono className="text-soft">{one.replyText}</Mono>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
