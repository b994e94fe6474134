// The server's lane: whether it moves, in one sentence, and the figures that tell how.
import type { ReactNode } from "react";
import { Banner } from "@/app/_ui/state";
import { shortTime, spanWords } from "@/app/_ui/time";
import { limitWords } from "@/domain/lane/limit";
import { countWords } from "@/domain/queue/bounded";
import type { QueueLane } from "@/domain/queue/lane";
import type { WaitingCounts } from "@/domain/queue/waiting";
import { laneWords } from "./lane-words";
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
  const { state, title, more } = laneWords(lane, counts, at, now);
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
          {counts.others > 0 && (
            <span className="text-soft"> and {counts.others.toLocaleString("en")} of Mailferry’s own</span>
          )}
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
