// Messages: every mail of the tenant, by state and by search. The filters stand in the address.

import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { type Asked, askedOf, nothingFits, type Params, seenSince } from "@/app/_trace/asked";
import { fromOf, toOf } from "@/app/_trace/ends";
import { Found } from "@/app/_trace/found";
import { lastWordsOf, shortWordsOf } from "@/app/_trace/last-words";
import { Marks } from "@/app/_trace/marks";
import { NeverSeen } from "@/app/_trace/never-seen";
import { NewerMail } from "@/app/_trace/newer-mail";
import { SearchBox } from "@/app/_trace/search-box";
import { SearchHelp } from "@/app/_trace/search-help";
import { TooLong } from "@/app/_trace/too-long";
import { Turn } from "@/app/_trace/turn";
import { ButtonLink } from "@/app/_ui/button-link";
import { EmptyState, Mono, PageHeader } from "@/app/_ui/page";
import { StateMark } from "@/app/_ui/state";
import { shortTime, Time } from "@/app/_ui/time";
import { listMailboxes } from "@/domain/mailbox/store";
import { orTooLong } from "@/domain/message/in-time";
import { type MailRow, nothingFound, searchMails } from "@/domain/message/search";
import { type QueueLane, queueLane } from "@/domain/queue/lane";
import type { TenantScope } from "@/domain/scope";
import { sizeWords } from "@/domain/size-words";
import type { TenantView } from "@/domain/tenant/view";
import { notTried } from "../queue/not-tried";
import { type MailColumn, MailTable } from "./mail-table";
import { StateChips } from "./state-chips";
import { kindWords, rowWords } from "./words";

export const metadata: Metadata = { title: "Messages" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Params>;
}

export default async function MessagesPage({ params, searchParams }: Props) {
  const { scope, tenant, now } = await enterTenant((await params).tenant, "message.read");
  const zone = tenant.timeZone;
  const here = `/t/${tenant.slug}/messages`;
  const asked = askedOf(await searchParams, here, zone, now);
  const { filter, state } = asked;
  const [found, lane] = await Promise.all([orTooLong(searchMails(scope, filter, zone)), queueLane(scope)]);
  const rows = found?.rows ?? [];
  return (
    <>
      <PageHeader title="Messages">
        Every mail that Mailferry collected for {tenant.name}, the newest first. Times in {zone}.
      </PageHeader>
      <SearchBox here={here} typed={asked.typed} all={asked.all} kept={asked.kept} />
      <SearchHelp />
      <NewerMail />
      <Marks asked={asked} zone={zone} />
      <StateChips chosen={state} hrefOf={asked.toState} />
      {found && <Found asked={asked} found={found} />}
      {!found ? (
        <TooLong />
      ) : rows.length === 0 && !found.backTo ? (
        <Nothing asked={asked} scope={scope} tenant={tenant} here={here} now={now} />
      ) : rows.length === 0 ? null : (
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
          below={(row) => `${rowWords(row, state).word} · ${fromOf(row)} → ${toOf(row)}`}
        />
      )}
      <Turn asked={asked} found={found} zone={zone} now={now} />
    </>
  );
}

const columns = (
  lane: QueueLane | null,
  words: (row: MailRow) => ReturnType<typeof rowWords>,
  time: (row: MailRow) => React.ReactNode,
): MailColumn<MailRow>[] => [
  {
    key: "state",
    head: "State",
    width: "w-32",
    small: "mark",
    cell: (row) => <StateMark state={words(row).state}>{words(row).word}</StateMark>,
  },
  { key: "time", head: "Collected", width: "w-28", small: "time", cell: time },
  { key: "from", head: "From", width: "w-[17%]", title: fromOf, cell: fromOf },
  {
    key: "to",
    head: "To",
    width: "w-[15%]",
    title: (row) => row.recipients.join(", "),
    cell: toOf,
  },
  { key: "subject", head: "Subject", cell: () => null },
  { key: "size", head: "Size", width: "w-20", align: "right", cell: (row) => sizeWords(row.size) },
  {
    key: "words",
    head: "Server’s last words",
    width: "w-[20%]",
    className: "text-soft max-lg:hidden",
    title: (row) => lastWordsOf(row) || notTriedWords(row, lane).why,
    cell: (row) => <LastWords row={row} lane={lane} />,
  },
];

function LastWords({ row, lane }: { row: MailRow; lane: QueueLane | null }) {
  const kind = kindWords(row.kind);
  return (
    <>
      {kind && <span className="mr-1.5 text-ink">{kind}</span>}
      {lastWordsOf(row) ? <Mono>{shortWordsOf(row)}</Mono> : notTriedWords(row, lane).short}
    </>
  );
}

/** Where no server has said anything yet. */
const notTriedWords = ({ place, state, reason }: MailRow, lane: QueueLane | null): { short: string; why: string } =>
  place === "waiting" && state === "ready" ? notTried(lane) : { short: reason ?? "", why: reason ?? "" };

interface NothingProps {
  asked: Asked;
  scope: TenantScope;
  tenant: TenantView;
  here: string;
  now: Date;
}

/** An empty list still says something: what the filter hides, and for a mail that was never seen, where nobody saw it. */
async function Nothing({ asked: before, scope, tenant, here, now }: NothingProps) {
  const zone = tenant.timeZone;
  const asked = await seenSince(before, (filter) => searchMails(scope, filter, zone, 1));
  const [facts, mailboxes] = await Promise.all([
    nothingFound(scope, asked.filter, zone, asked.newerFits),
    listMailboxes(scope),
  ]);
  const hidden = asked.all ? 0 : facts.hidden;
  const never = asked.looksFor && !asked.state && !asked.reason && !asked.newerFits;
  const actions = (
    <>
      {hidden !== 0 && <ButtonLink href={asked.to({ all: "on" })}>{hiddenWords(hidden)}</ButtonLink>}
      {asked.filtered && <ButtonLink href={here}>Show all mail</ButtonLink>}
      {!asked.filtered && mailboxes.length === 0 && (
        <ButtonLink href={`/t/${tenant.slug}/mailboxes`}>Add a mailbox</ButtonLink>
      )}
    </>
  );
  const title = never
    ? "Mailferry has not seen such a mail"
    : asked.filtered || asked.newerFits
      ? nothingFits(asked)
      : "No mail was collected yet";
  return (
    <>
      <EmptyState title={title} action={actions}>
        {mailboxes.length === 0 && "There is no mailbox to collect from."}
        {facts.newestAt && `The newest mail here came at ${shortTime(facts.newestAt, zone, now)}.`}
      </EmptyState>
      {never && <NeverSeen mailboxes={mailboxes} slug={tenant.slug} zone={zone} now={now} />}
    </>
  );
}

const hiddenWords = (hidden: number | null) =>
  hidden === null || hidden >= 100
    ? "Show notices, tests and copies"
    : `Show ${hidden} ${hidden === 1 ? "notice, test or copy" : "notices, tests and copies"}`;
