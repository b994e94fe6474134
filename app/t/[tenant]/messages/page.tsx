// Messages: every mail of the tenant, by state and by search. The filters stand in the address.

import type { Metadata } from "next";
import Link from "next/link";
import { rowNumber } from "@/app/_server/row-number";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button";
import { EmptyState, Mono, PageHeader } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { StateMark } from "@/app/_ui/state";
import { shortTime, Time } from "@/app/_ui/time";
import { reasonWords } from "@/domain/message/reasons";
import { listStates, type MailRow, type NothingFound, nothingFound, searchMails } from "@/domain/message/search";
import { type QueueLane, queueLane } from "@/domain/queue/lane";
import { sizeWords } from "@/domain/size-words";
import { notTried } from "../queue/not-tried";
import { type MailColumn, MailTable } from "./mail-table";
import { SearchForm } from "./search-form";
import { StateChips } from "./state-chips";
import { kindWords, rowWords } from "./words";

export const metadata: Metadata = { title: "Messages" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function MessagesPage({ params, searchParams }: Props) {
  const { scope, tenant, now } = await enterTenant((await params).tenant, "message.read");
  const zone = tenant.timeZone;
  const asked = await searchParams;
  const get = (key: string) => (typeof asked[key] === "string" ? asked[key].slice(0, 300) : "") || undefined;
  const state = listStates.find((one) => one === get("state"));
  const typed = { text: get("text"), from: get("from"), until: get("until"), reason: get("reason") };
  const all = get("all") === "on";
  const before = rowNumber(get("before")) ?? undefined;
  const filter = { ...typed, state, all };
  const [{ rows, older }, lane] = await Promise.all([
    searchMails(scope, { ...filter, before }, zone),
    queueLane(scope),
  ]);
  const here = `/t/${tenant.slug}/messages`;
  const kept = { ...typed, state, all: all ? "on" : undefined };
  const to = (change: Record<string, string | undefined>) => addressOf(here, { ...kept, ...change });
  const filtered = Object.values({ ...typed, state }).some(Boolean);
  return (
    <>
      <PageHeader title="Messages">
        Every mail that Mailferry collected for {tenant.name}, the newest first. Times in {zone}.
      </PageHeader>
      <SearchForm action={here} zone={zone} {...typed} all={all} kept={{ state, reason: typed.reason }} />
      <StateChips chosen={state} hrefOf={(one) => to({ state: one })} />
      {typed.reason && (
        <p className="mb-4 flex flex-wrap items-baseline gap-x-3">
          Only with this cause: {reasonWords(typed.reason).title}.
          <Link href={to({ reason: undefined })} className="text-accent underline">
            Show every cause
          </Link>
        </p>
      )}
      {rows.length === 0 ? (
        <Nothing
          facts={await nothingFound(scope, filter, zone)}
          filtered={filtered}
          all={all}
          at={(when) => shortTime(when, zone, now)}
          showAll={here}
          withHidden={to({ all: "on" })}
          mailboxes={`/t/${tenant.slug}/mailboxes`}
        />
      ) : (
        <MailTable
          caption="Messages, the newest first"
          rows={rows}
          rowKey={(row) => row.id}
          href={(row) => `${here}/${row.id}`}
          title={(row) => row.subject || "(no subject)"}
          linkIn="subject"
          columns={columns(
            lane,
            (row) => rowWords(row, state),
            (row) => <Time at={row.collectedAt} zone={zone} now={now} />,
          )}
          small={{
            mark: (row) => <StateMark state={rowWords(row, state).state} bare />,
            time: (row) => <Time at={row.collectedAt} zone={zone} now={now} />,
            below: (row) => `${rowWords(row, state).word} · ${fromOf(row)} → ${toOf(row)}`,
          }}
        />
      )}
      <Pager newer={before ? to({}) : undefined} older={older ? to({ before: String(older) }) : undefined} />
    </>
  );
}

function addressOf(here: string, values: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  return query.size > 0 ? `${here}?${query}` : here;
}

const fromOf = (row: MailRow) => row.sender || row.from || "<>";
const toOf = (row: MailRow) =>
  row.recipientCount === 0
    ? "nobody yet"
    : `${row.recipients[0]}${row.recipientCount > 1 ? ` and ${row.recipientCount - 1} more` : ""}`;

const columns = (
  lane: QueueLane | null,
  words: (row: MailRow) => ReturnType<typeof rowWords>,
  time: (row: MailRow) => React.ReactNode,
): MailColumn<MailRow>[] => [
  {
    key: "state",
    head: "State",
    width: "w-32",
    cell: (row) => <StateMark state={words(row).state}>{words(row).word}</StateMark>,
  },
  { key: "time", head: "Collected", width: "w-28", cell: time },
  { key: "from", head: "From", width: "w-[17%]", cell: (row) => <span title={fromOf(row)}>{fromOf(row)}</span> },
  {
    key: "to",
    head: "To",
    width: "w-[15%]",
    cell: (row) => <span title={row.recipients.join(", ")}>{toOf(row)}</span>,
  },
  { key: "subject", head: "Subject", cell: () => null },
  { key: "size", head: "Size", width: "w-20", align: "right", cell: (row) => sizeWords(row.size) },
  {
    key: "words",
    head: "Server’s last words",
    width: "w-[20%]",
    className: "max-lg:hidden",
    cell: (row) => <LastWords row={row} lane={lane} />,
  },
];

function LastWords({ row, lane }: { row: MailRow; lane: QueueLane | null }) {
  const kind = kindWords(row.kind);
  const words = row.lastWords ? `${row.lastCode ?? ""} ${row.lastWords}`.trim() : "";
  const waits = row.place === "waiting" && row.state === "ready";
  const { short, why } = waits ? notTried(lane) : { short: row.reason ?? "", why: row.reason ?? "" };
  return (
    <span title={words || why} className="text-soft">
      {kind && <span className="mr-1.5 text-ink">{kind}</span>}
      {words ? <Mono>{words}</Mono> : short}
    </span>
  );
}

interface NothingProps {
  facts: NothingFound;
  filtered: boolean;
  all: boolean;
  at: (when: Date) => string;
  showAll: string;
  withHidden: string;
  mailboxes: string;
}

/** An empty list still says something: when Mailferry last looked, and what the filter hides. */
function Nothing({ facts, filtered, all, at, showAll, withHidden, mailboxes }: NothingProps) {
  const polled = facts.lastPollAt
    ? `Mailferry last looked into the ${facts.mailboxes === 1 ? "mailbox" : "mailboxes"} at ${at(facts.lastPollAt)}.`
    : "No mailbox was looked into yet.";
  const newest = facts.newestAt ? ` The newest mail it collected came at ${at(facts.newestAt)}.` : "";
  const hidden = all ? 0 : facts.hidden;
  const actions = (
    <>
      {hidden > 0 && (
        <ButtonLink href={withHidden}>
          {hidden >= 100
            ? "Show notices, tests and copies"
            : `Show ${hidden} ${hidden === 1 ? "notice, test or copy" : "notices, tests and copies"}`}
        </ButtonLink>
      )}
      {filtered && <ButtonLink href={showAll}>Show all mail</ButtonLink>}
      {!filtered && facts.mailboxes === 0 && <ButtonLink href={mailboxes}>Add a mailbox</ButtonLink>}
    </>
  );
  return (
    <EmptyState title={filtered ? "Nothing fits" : "No mail was collected yet"} action={actions}>
      {facts.mailboxes === 0 ? "There is no mailbox to collect from." : `${polled}${newest}`}
    </EmptyState>
  );
}
