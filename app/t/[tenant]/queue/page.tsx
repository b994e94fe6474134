// Queue: the server's lane and the mails that wait for it, the oldest first.
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { rowNumber } from "@/app/_server/row-number";
import { enterTenant } from "@/app/_server/scope";
import { lastWordsOf, shortWordsOf } from "@/app/_trace/last-words";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { EmptyState, Mono, PageHeader } from "@/app/_ui/page";
import { shortTime, spanWords, Time } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { countWords } from "@/domain/queue/bounded";
import { type QueueLane, queueLane } from "@/domain/queue/lane";
import { type WaitingMail, waitingCounts, waitingMails } from "@/domain/queue/waiting";
import { Trying } from "../_trying/trying";
import { kindWords } from "../messages/words";
import { LaneButtons } from "./lane-buttons";
import { LanePanel } from "./lane-panel";
import { notTried } from "./not-tried";
import { type QueueRow, QueueTable } from "./queue-table";

export const metadata: Metadata = { title: "Queue" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function QueuePage({ params, searchParams }: Props) {
  const { scope, tenant, role, now } = await enterTenant((await params).tenant, "queue.read");
  const after = rowNumber((await searchParams).after) ?? 0;
  const [lane, counts, { rows, newer }] = await Promise.all([
    queueLane(scope),
    waitingCounts(scope),
    waitingMails(scope, after),
  ]);
  const base = `/t/${tenant.slug}`;
  const zone = tenant.timeZone;
  const next = (row: WaitingMail) => nextWords(row, lane, (when) => shortTime(when, zone, now), now);
  return (
    <>
      <KeepFresh on={["mail", "lane"]} />
      <PageHeader title="Queue">
        What waits for Exchange, the oldest first. This page follows what happens. Times in {zone}.
      </PageHeader>
      {lane ? (
        <Trying slug={tenant.slug} zone={zone} now={now}>
          <LanePanel
            lane={lane}
            counts={counts}
            zone={zone}
            now={now}
            buttons={
              tenant.state === "active" &&
              may(role, "queue.run") && (
                <LaneButtons
                  slug={tenant.slug}
                  paused={lane.state === "paused"}
                  waiting={counts.collected + counts.others}
                  host={lane.host}
                />
              )
            }
          />
        </Trying>
      ) : (
        <EmptyState
          title="No Exchange server is set up yet"
          action={
            <ButtonLink href={`${base}/exchange`} kind="primary">
              Set up Exchange
            </ButtonLink>
          }
        >
          Mail that is collected waits here until there is one.
        </EmptyState>
      )}
      <QueueTable
        slug={tenant.slug}
        rows={rows.map((row) => shown(row, next(row), lane, <Time at={row.collectedAt} zone={zone} now={now} />))}
        mails={countWords(counts.collected + counts.others)}
        more={after > 0 || newer !== null}
        mayRun={tenant.state === "active" && may(role, "queue.run")}
        empty={
          after > 0 ? (
            <EmptyState title="No newer mail waits">
              What stood here has gone on. The oldest are on the first page.
            </EmptyState>
          ) : (
            lane && (
              <EmptyState title="No mail waits">
                {lane.lastAcceptedAt
                  ? `Exchange accepted the last one ${spanWords((now.getTime() - lane.lastAcceptedAt.getTime()) / 1000)} ago.`
                  : "Nothing was sent yet. Mail stands here from its collecting until Exchange has accepted it, with what it waits for."}
              </EmptyState>
            )
          )
        }
      />
      {(after > 0 || newer) && (
        <nav aria-label="Pages" className="mt-4 flex justify-between gap-2">
          {after > 0 ? (
            <ButtonLink size="small" href={`${base}/queue`}>
              Back to the oldest
            </ButtonLink>
          ) : (
            <span />
          )}
          {newer && (
            <ButtonLink size="small" href={`${base}/queue?after=${newer}`}>
              Newer
            </ButtonLink>
          )}
        </nav>
      )}
    </>
  );
}

/** Small screens have no head above it that says what this time is. */
const smallNext = (words: string) => (/^\d/.test(words) ? `next try ${words}` : words);

const fromOf = (row: WaitingMail) => row.sender || row.from || "<>";
const toOf = (row: WaitingMail) =>
  row.waiting === 0 ? "not routed yet" : `${row.recipients[0]}${row.waiting > 1 ? ` and ${row.waiting - 1} more` : ""}`;

/** When it is tried next, in words: its own time, or what the lane waits for. */
function nextWords(row: WaitingMail, lane: QueueLane | null, at: (when: Date) => string, now: Date): string {
  if (row.state === "sending") return "being sent";
  if (row.state === "received") return lane ? "being routed" : "no server yet";
  if (row.state === "uncertain")
    return row.nextAttemptAt ? `answer lost; again ${at(row.nextAttemptAt)}` : "answer lost";
  if (lane?.state === "paused") return "paused";
  const own = row.nextAttemptAt && row.nextAttemptAt > now ? row.nextAttemptAt : null;
  const lanes = lane?.state === "open" && lane.nextTryAt && lane.nextTryAt > now ? lane.nextTryAt : null;
  const when = Math.max(own?.getTime() ?? 0, lanes?.getTime() ?? 0);
  if (when > 0) return at(new Date(when));
  return lane?.state === "closed" && lane.pacePerMinute !== null ? "in turn" : "now";
}

const shown = (row: WaitingMail, next: string, lane: QueueLane | null, since: ReactNode): QueueRow => ({
  id: row.id,
  subject: row.subject || "(no subject)",
  from: fromOf(row),
  to: toOf(row),
  everybody: row.recipients.join(", "),
  lost: row.state === "uncertain",
  next,
  smallNext: smallNext(next),
  tries: row.attempts,
  since,
  words: <LastWords row={row} lane={lane} />,
});

function LastWords({ row, lane }: { row: WaitingMail; lane: QueueLane | null }) {
  const words = lastWordsOf(row);
  const { short, why } = notTried(lane);
  return (
    <span title={words || why} className="text-soft">
      {row.kind !== "collected" && <span className="mr-1.5 text-ink">{kindWords(row.kind)}</span>}
      {words ? <Mono>{shortWordsOf(row)}</Mono> : short}
    </span>
  );
}
