// The server's lane: whether it moves, in one sentence, and the figures that tell how.

import type { ReactNode } from "react";
import { Banner, type State } from "@/app/_ui/state";
import { shortTime, spanWords } from "@/app/_ui/time";
import { limitWords } from "@/domain/lane/limit";
import type { QueueLane } from "@/domain/queue/lane";
import { bounded, type WaitingCounts } from "@/domain/queue/waiting";
import { atOrOn } from "@/domain/when-words";
import { Stopwatch } from "./stopwatch";

interface Props {
  lane: QueueLane;
  counts: WaitingCounts;
  zone: string;
  now: Date;
  /** for those who may run the queue */
  buttons: ReactNode;
}

export function LanePanel({ lane, counts, zone, now, buttons }: Props) {
  const at = (when: Date) => shortTime(when, zone, now);
  const { state, title, more } = words(lane, counts, at, now);
  const awaited = lane.answerAwaitedSince;
  const limit = limitWords({ ...lane, maxConnections: lane.mostConnections });
  return (
    <section aria-label="Server" className="mb-8 grid gap-4">
      {!lane.attended && (
        <Banner state="stopped" title={`No worker of the site “${lane.site}” is running, so nothing is sent.`}>
          Mail waits here and goes out when one starts. Tell whoever runs Mailferry.
        </Banner>
      )}
      <Banner state={state} title={title} action={buttons}>
        {more}
      </Banner>
      {limit && (
        <Banner state="needs" title={limit.title}>
          {limit.detail}
        </Banner>
      )}
      <dl className="flex flex-wrap gap-x-10 gap-y-3">
        <Figure name="Server">
          <span className="font-mono text-table [overflow-wrap:anywhere]">
            {lane.host}:{lane.port}
          </span>
        </Figure>
        <Figure name="Connections">
          {lane.inUse} of {lane.cap}
          {lane.cap < lane.mostConnections && <span className="text-soft"> ({lane.mostConnections} at most)</span>}
        </Figure>
        {awaited && (
          <Figure name="Exchange’s answer">
            waiting for it, <Stopwatch seconds={(now.getTime() - awaited.getTime()) / 1000} />
          </Figure>
        )}
        {lane.pacePerMinute !== null && <Figure name="Pace">{lane.pacePerMinute.toLocaleString("en")} a minute</Figure>}
        <Figure name="Waiting">
          {countWords(counts.collected)}
          {counts.others > 0 && <span className="text-soft"> and {counts.others} of Mailferry’s own</span>}
        </Figure>
        <Figure name="Oldest">
          {counts.oldestAt ? spanWords((now.getTime() - counts.oldestAt.getTime()) / 1000) : "none waits"}
        </Figure>
        <Figure name="Last accepted">{lane.lastAcceptedAt ? at(lane.lastAcceptedAt) : "nothing yet"}</Figure>
      </dl>
      {lane.warning && <Banner state="needs" title={lane.warning} />}
    </section>
  );
}

const Figure = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt className="text-soft text-table">{name}</dt>
    <dd className="tabular">{children}</dd>
  </div>
);

export const countWords = (n: number) =>
  n >= bounded ? `${bounded.toLocaleString("en")} or more` : n.toLocaleString("en");

interface Words {
  state: State;
  title: string;
  more: string;
}

function words(lane: QueueLane, counts: WaitingCounts, at: (when: Date) => string, now: Date): Words {
  const n = counts.collected + counts.others;
  const mails = n === 0 ? "No mail waits" : n === 1 ? "1 mail waits" : `${countWords(n)} mails wait`;
  const oldest = counts.oldestAt
    ? `, the oldest for ${spanWords((now.getTime() - counts.oldestAt.getTime()) / 1000)}`
    : "";
  switch (lane.state) {
    case "closed":
      return n === 0
        ? {
            state: "flowing",
            title: `Nothing waits: ${lane.host} has taken all mail.`,
            more: "New mail goes out as it is collected.",
          }
        : { state: "flowing", title: `Mail is going to ${lane.host}.`, more: `${mails}${oldest}.` };
    case "open":
      return {
        state: "stopped",
        title: lane.reason ?? `Delivery to ${lane.host} has stopped.`,
        more: `Stopped since ${at(lane.since)}. ${mails}${oldest}${lane.nextTryAt ? `; the next try is ${atOrOn(at(lane.nextTryAt))}` : ""}.`,
      };
    case "half-open":
      return {
        state: "needs",
        title: `${lane.host} is being tried with one mail right now.`,
        more: `${mails}${oldest}. If it is taken, the others follow.`,
      };
    case "paused":
      return {
        state: "needs",
        title: lane.reason ?? "Delivery is paused.",
        more: `Paused since ${at(lane.since)}. ${mails}${oldest}. Mail is still collected.`,
      };
  }
}
