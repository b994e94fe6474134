// How the mail stands, in one banner above its journey: a sentence, why, and what happens next or can be done.

import type { ReactNode } from "react";
import { Banner, type State } from "@/app/_ui/state";
import { shortTime, spanWords } from "@/app/_ui/time";
import type { Journey } from "@/domain/message/journey";
import { reasonWords } from "@/domain/message/reasons";
import type { QueueLane } from "@/domain/queue/lane";
import { atOrOn } from "@/domain/when-words";
import { type Waits, waitsFor } from "./waits";

interface Props {
  journey: Journey;
  lane: QueueLane | null;
  zone: string;
  now: Date;
  /** when it goes by the tenant's setting, unless somebody decides before */
  goesAt: Date | null;
  /** the buttons of those who may decide */
  actions: ReactNode;
}

export function Standing({ journey, lane, zone, now, goesAt, actions }: Props) {
  const { state, title, more } = wordsOf(journey, lane, (at) => shortTime(at, zone, now), now);
  return (
    <div className="mb-8 grid gap-3">
      <Banner state={state} title={title} action={actions}>
        {more}
        {goesAt && ` Nobody decided about it yet: it is removed after ${shortTime(goesAt, zone, now)}.`}
      </Banner>
      {journey.mail.possibleCopies > 0 && (
        <Banner state="needs" title="Possibly delivered twice">
          {twiceWords(journey)}
        </Banner>
      )}
    </div>
  );
}

interface Words {
  state: State;
  title: string;
  more?: string;
}

function wordsOf(journey: Journey, lane: QueueLane | null, at: (when: Date) => string, now: Date): Words {
  const { mail, recipients } = journey;
  if (mail.state === "uncertain") return uncertain(journey, at);
  if (mail.state === "sending") return sending(journey, now);
  const open = recipients.filter(({ place }) => place === "held" || place === "badmail");
  if (open.length > 0) {
    const kinds = [...new Set(open.map(({ reasonKind }) => reasonKind))];
    const words = reasonWords(kinds[0] ?? null);
    const where = open[0]?.place === "held" ? "Held" : "In BADMAIL";
    const rest = recipients.length - open.length;
    const part = rest > 0 ? ` for ${open.length} of ${recipients.length} recipients` : "";
    return { state: "needs", title: `${where}${part}: ${lowerFirst(words.title)}.`, more: forOne(words.remedy) };
  }
  switch (mail.place) {
    case "held":
    case "badmail": {
      const words = reasonWords(mail.reasonKind);
      const where = mail.place === "held" ? "Held" : "In BADMAIL";
      return { state: "needs", title: `${where}: ${lowerFirst(words.title)}.`, more: forOne(words.remedy) };
    }
    case "delivered": {
      const last = recipients.reduce<Date | null>((a, { decidedAt: b }) => (b && (!a || b > a) ? b : a), null);
      const when = last ? ` ${atOrOn(at(last))}, ${tookWords(mail, last)}` : "";
      return { state: "flowing", title: `Accepted by Exchange${when}.`, more: keptWords(journey, at) };
    }
    case "waiting":
      return waiting(journey, waitsFor(lane, mail.nextAttemptAt, at, now));
    case "discarded":
      return { state: "idle", title: "Discarded: a rule of yours says that nobody gets it." };
    case "merged":
      return { state: "idle", title: "Merged: the same message for the same recipient was here already." };
    case "expired":
      return expired(journey, at);
    default:
      return { state: "idle", title: "Deleted by a person, named below." };
  }
}

/** The event has the period as it was then. */
function expired({ mail, events }: Journey, at: (when: Date) => string): Words {
  const event = events.find(({ kind }) => kind === "expired");
  const title = mail.settledAt ? `Expired ${atOrOn(at(mail.settledAt))}.` : "Expired.";
  return { state: "idle", title, more: event?.text ?? "It was kept as long as the settings of this tenant said." };
}

function uncertain({ mail }: Journey, at: (when: Date) => string): Words {
  const times = mail.uncertainCount === 1 ? "" : ` for the ${mail.uncertainCount === 2 ? "second" : "third"} time`;
  const until = mail.nextAttemptAt
    ? `Mailferry waits until ${at(mail.nextAttemptAt)} and then sends the same bytes again`
    : "Mailferry waits before it sends the same bytes again";
  return {
    state: "needs",
    title: `The answer to this mail’s end was lost${times}: Exchange may have it already.`,
    more: `${until}; Exchange drops a repeat that it recognises. After the third lost answer it is held for a person.`,
  };
}

function sending({ attempts }: Journey, now: Date): Words {
  const current = attempts.at(-1);
  const since = current?.dotPendingAt;
  return {
    state: "idle",
    title: since
      ? `The whole mail was sent; Mailferry has waited for Exchange’s answer for ${spanWords((now.getTime() - since.getTime()) / 1000)}.`
      : "It is being sent right now.",
    ...(since ? { more: "Exchange answers late on purpose at times. Mailferry waits for 10 minutes at least." } : {}),
  };
}

function waiting({ attempts }: Journey, { state, title, next }: Waits): Words {
  const tried =
    attempts.length === 0
      ? "Not tried yet."
      : attempts.length === 1
        ? "Tried once."
        : `Tried ${attempts.length} times.`;
  // Where the server is at fault, the mail's own tries say nothing.
  return { state, title, more: state === "stopped" && attempts.length === 0 ? next : `${next} ${tried}` };
}

function tookWords({ kind, collectedAt }: Journey["mail"], to: Date): string {
  const seconds = (to.getTime() - collectedAt.getTime()) / 1000;
  const since = kind === "notice" || kind === "test" ? "written" : "collected";
  return `${seconds < 1 ? "less than a second" : spanWords(seconds)} after it was ${since}`;
}

function keptWords({ mail, bodyThere, erasedAt, keptHours }: Journey, at: (when: Date) => string): string {
  if (!bodyThere) return `${goneWords(mail.place, erasedAt, keptHours, at)} What stands here stays for 90 days.`;
  if (!mail.settledAt)
    return "That is all that Mailferry can know; what Exchange did with it stands in Exchange’s own message trace.";
  return `Its bytes are kept until ${at(new Date(mail.settledAt.getTime() + keptHours * 3_600_000))}. What Exchange did with it next stands in Exchange’s own message trace.`;
}

/** Since when the mail itself is gone, and by what. */
export function goneWords(place: string, erasedAt: Date | null, keptHours: number, at: (when: Date) => string): string {
  const when = erasedAt ? `The mail itself was erased ${atOrOn(at(erasedAt))}` : "The mail itself is no longer here";
  if (place === "deleted" || place === "expired") return `${when}.`;
  const hours = keptHours === 1 ? "1 hour" : `${keptHours} hours`;
  return `${when}: the setting “Bodies of delivered mail” keeps it for ${hours}.`;
}

function twiceWords({ mail, attempts, events }: Journey): string {
  const lost = attempts.filter(({ outcome }) => outcome === "uncertain").map(({ number }) => number);
  if (lost.length === 0 && events.some(({ kind }) => kind === "restored"))
    return "Mailferry was restored from a backup in which this mail still waited. It may have been delivered before that, and the same bytes were sent again: the recipient may have one copy more than one. Exchange drops a repeat with the same Message-ID and time, which makes most of these none.";
  if (lost.length === 0 && events.some(({ kind }) => kind === "collected-again"))
    return "Mailferry was restored from a backup, and this mail was at its provider before that. It may have been collected and delivered after the backup was made, which the backup can’t know, so it was collected and sent once more: the recipient may have one copy more than one.";
  const which = lost.length > 0 ? `after attempt ${lost.join(" and ")}` : "after the whole mail was sent";
  const copies = mail.possibleCopies === 1 ? "one copy" : `${mail.possibleCopies} copies`;
  return `The server’s answer was lost ${which}, so the same bytes were sent again: the recipient may have ${copies} more than one. Exchange drops a repeat with the same Message-ID and time, which makes most of these none.`;
}

/** Remedies speak of groups, where one goes ahead as a trial. Here there is but one. */
const forOne = (remedy: string) => remedy.replace("send one as a trial", "send it again");

const lowerFirst = (text: string) =>
  /^[A-Z][a-z]/.test(text) && !/^(Exchange|Mailferry|BADMAIL)/.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
