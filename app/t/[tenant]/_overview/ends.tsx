// Both ends of the ferry: the server and each mailbox, a row each.
import type { ReactNode } from "react";
import { Mono } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { type State, StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { shortTime, spanWords, Time } from "@/app/_ui/time";
import { providerTrouble } from "@/domain/mailbox/incident-seen";
import type { MailboxRow } from "@/domain/mailbox/store";
import type { LaneFacts, OverviewFacts } from "@/domain/overview/facts";
import { overdue } from "@/domain/overview/flow-mailbox";
import { type Doing, doing, notCollected, resultWords } from "../mailboxes/state-words";

interface Props {
  slug: string;
  facts: OverviewFacts;
  /** nothing is collected then */
  closed: boolean;
  zone: string;
  now: Date;
}

interface Row {
  key: string;
  kind: string;
  name: ReactNode;
  state: ReactNode;
  last: ReactNode;
  next: ReactNode;
}

export function Ends({ slug, facts, closed, zone, now }: Props) {
  const at = (when: Date) => <Time at={when} zone={zone} now={now} />;
  const rows: Row[] = [
    ...(facts.lane ? [serverRow(slug, facts.lane, facts, now, at)] : []),
    ...facts.mailboxes.map((box) => {
      const clock = (when: Date) => shortTime(when, zone, now);
      return mailboxRow(slug, box, closed ? null : mailboxDoing(box, facts, clock, now), now, at);
    }),
  ];
  if (rows.length === 0) return null;
  return (
    <section aria-label="Server and mailboxes" className="border-line border-t pt-2">
      <Table
        caption="Server and mailboxes"
        rows={rows}
        rowKey={(row) => row.key}
        columns={[
          {
            key: "name",
            head: "Server and mailboxes",
            cell: (row) => (
              <span className="grid grid-cols-[64px_minmax(0,1fr)] items-baseline gap-x-3">
                <span className="text-soft">{row.kind}</span>
                <span className="min-w-0 [overflow-wrap:anywhere]">{row.name}</span>
              </span>
            ),
          },
          { key: "state", head: "State", cell: (row) => row.state },
          { key: "last", head: "Now", cell: (row) => row.last },
          { key: "next", head: "Next", cell: (row) => row.next },
        ]}
      />
    </section>
  );
}

const link = "font-medium underline-offset-2 hover:underline";

function serverRow(slug: string, lane: LaneFacts, facts: OverviewFacts, now: Date, at: (when: Date) => ReactNode): Row {
  const { state, word } = laneWord(lane, facts);
  const answer = lane.answerAwaitedSince
    ? `, waiting for its answer for ${spanWords((now.getTime() - lane.answerAwaitedSince.getTime()) / 1000)}`
    : "";
  return {
    key: "server",
    kind: "Server",
    name: (
      <SoftLink href={`/t/${slug}/exchange`} className={link}>
        <Mono>
          {lane.host}:{lane.port}
        </Mono>
      </SoftLink>
    ),
    state: <StateMark state={state}>{word}</StateMark>,
    last: (
      <span className="tabular">
        {lane.connections} of {lane.maxConnections} connections{answer}
      </span>
    ),
    next: (
      <span className="tabular">
        {facts.today.waiting.toLocaleString("en")} waiting
        {lane.state === "open" && lane.nextTryAt && <>, next try {at(lane.nextTryAt)}</>}
      </span>
    ),
  };
}

function laneWord(lane: LaneFacts, facts: OverviewFacts): { state: State; word: string } {
  switch (lane.state) {
    case "closed":
      if (!facts.worker.beats) return { state: "stopped", word: "nobody delivers" };
      if (lane.pacePerMinute !== null)
        return { state: "needs", word: `takes ${lane.pacePerMinute.toLocaleString("en")} a minute` };
      return facts.tested ? { state: "flowing", word: "takes mail" } : { state: "idle", word: "not tried yet" };
    case "open":
      return { state: "stopped", word: "takes no mail" };
    case "half-open":
      return { state: "needs", word: "being tried" };
    case "paused":
      return { state: "needs", word: "paused" };
  }
}

function mailboxDoing(box: MailboxRow, facts: OverviewFacts, clock: (when: Date) => string, now: Date): Doing {
  const how = doing(box, now, providerTrouble(box, facts.troubledHosts, clock, now));
  const late = overdue(box, now) && box.state === "active";
  const instead = facts.space && box.state === "active" ? "collecting is paused" : late ? "due, not polled" : null;
  return instead && how.state === "flowing" ? { state: "needs", word: instead, sentence: null } : how;
}

function mailboxRow(
  slug: string,
  box: MailboxRow,
  /** null: the tenant is closed */
  how: Doing | null,
  now: Date,
  at: (when: Date) => ReactNode,
): Row {
  const { state, word, sentence } = how ?? notCollected;
  const next = box.nextPollAt;
  return {
    key: box.id,
    kind: "Mailbox",
    name: (
      <>
        <SoftLink href={`/t/${slug}/mailboxes/${box.id}`} className={link}>
          {box.settings.name}
        </SoftLink>{" "}
        <span className="text-soft">{box.settings.protocol.toUpperCase()}</span>
      </>
    ),
    state: (
      <div className="max-w-[44ch]">
        <StateMark state={state}>{word}</StateMark>
        {sentence && <div className="line-clamp-2 text-[12px] text-soft [overflow-wrap:anywhere]">{sentence}</div>}
      </div>
    ),
    last: box.lastPollAt ? (
      <>
        {at(box.lastPollAt)} <span className="text-soft">{resultWords(box)}</span>
      </>
    ) : (
      <span className="text-soft">never polled</span>
    ),
    next: !how ? (
      <span className="text-soft">not while closed</span>
    ) : box.collecting ? (
      <span className="text-soft">now</span>
    ) : next ? (
      <>
        <span className="text-soft md:hidden">next </span>
        {next <= now ? "due now" : at(next)}
      </>
    ) : (
      <span className="text-soft">not while {box.state}</span>
    ),
  };
}
