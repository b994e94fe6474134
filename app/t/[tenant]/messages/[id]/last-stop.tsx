// The last stop of a mail's line: what became of it, or where it stands now.
import type { ReactNode } from "react";
import type { State } from "@/app/_ui/state";
import { shortTime } from "@/app/_ui/time";
import type { Journey } from "@/domain/message/journey";
import { places } from "@/domain/message/place";
import type { QueueLane } from "@/domain/queue/lane";
import { stateWords } from "../words";
import { Addresses, Branches, FateBody, fatesOf, fateTitle, Why } from "./fates";

export interface JourneyProps {
  journey: Journey;
  lane: QueueLane | null;
  base: string;
  zone: string;
  now: Date;
}

export interface Shown {
  key: string;
  at: Date | null;
  state: State;
  title: ReactNode;
  body?: ReactNode;
}

export function lastStop({ journey, lane, base, zone, now }: JourneyProps): Shown {
  const { mail, recipients } = journey;
  const fates = fatesOf(recipients);
  const [only] = fates;
  const more = { base, zone, now };
  if (fates.length > 1) {
    const kinds = new Set(fates.map((fate) => fate.place)).size;
    return {
      key: "end",
      at: null,
      state: "idle",
      title: kinds > 1 ? "Here the ways part" : `${fateTitle(fates[0]?.place ?? "waiting")}, with different words`,
      body: <Branches fates={fates} {...more} />,
    };
  }
  if (only) {
    const at = latest(recipients.map((one) => one.decidedAt));
    const many = only.addresses.length > 1;
    return {
      key: "end",
      at,
      state: stateWords[only.place].state,
      title: fateTitle(only.place) + (only.place === "waiting" && lane ? ` for ${lane.host}` : ""),
      body: (
        <>
          {many && <Addresses addresses={only.addresses} />}
          <FateBody fate={only} {...more} />
          {only.place === "waiting" && <p className="text-soft">{nextWords(journey, lane, zone, now)}</p>}
        </>
      ),
    };
  }
  const place = places.find((name) => name === mail.place) ?? "waiting";
  return {
    key: "end",
    at: mail.settledAt,
    state: stateWords[place].state,
    title: place === "waiting" ? "Waits for its route: nobody has it yet" : fateTitle(place),
    body: mail.reasonKind && place !== "waiting" ? <Why kind={mail.reasonKind} reason={mail.reason} /> : undefined,
  };
}

function nextWords({ mail }: Journey, lane: QueueLane | null, zone: string, now: Date): string {
  if (mail.state === "sending") return "It is being sent right now.";
  // The banner above has said why, and what comes next.
  if (lane && lane.state !== "closed") return laneWords[lane.state];
  const next = mail.nextAttemptAt;
  return next && next > now ? `The next try is at ${shortTime(next, zone, now)}.` : "It is due now.";
}

const laneWords = {
  open: "The server takes no mail now.",
  "half-open": "The server is being tried with one mail.",
  paused: "Delivery is paused.",
};

const latest = (times: (Date | null)[]): Date | null =>
  times.reduce<Date | null>((last, at) => (at && (!last || at > last) ? at : last), null);
