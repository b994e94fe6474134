// The trace over all tenants: "where is the mail from X?" without knowing whose it is. For people of the platform.
import type { Metadata } from "next";
import { enterPlatform, sessionToken } from "@/app/_server/scope";
import { type Asked, askedOf, nothingFits, type Params, seenSince } from "@/app/_trace/asked";
import { fromOf, toOf } from "@/app/_trace/ends";
import { Found } from "@/app/_trace/found";
import { lastWordsOf, shortWordsOf } from "@/app/_trace/last-words";
import { Marks } from "@/app/_trace/marks";
import { NewerMail } from "@/app/_trace/newer-mail";
import { SearchBox } from "@/app/_trace/search-box";
import { SearchHelp } from "@/app/_trace/search-help";
import { TooLong } from "@/app/_trace/too-long";
import { Turn } from "@/app/_trace/turn";
import { ButtonLink } from "@/app/_ui/button-link";
import { EmptyState, Mono, PageHeader } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Time } from "@/app/_ui/time";
import { type MailColumn, MailTable } from "@/app/t/[tenant]/messages/mail-table";
import { StateChips } from "@/app/t/[tenant]/messages/state-chips";
import { kindWords, rowWords } from "@/app/t/[tenant]/messages/words";
import { orTooLong } from "@/domain/message/in-time";
import type { ListState } from "@/domain/message/search";
import { blindMailboxes, type TraceRow, traceMails } from "@/domain/message/trace";
import { BlindList } from "./blind-list";

export const metadata: Metadata = { title: "Messages of all tenants" };

const here = "/tenants/messages";

export default async function TracePage({ searchParams }: { searchParams: Promise<Params> }) {
  const { scope, now } = await enterPlatform("platform.read");
  const token = (await sessionToken()) ?? "";
  const params = await searchParams;
  const zone = zoneOf(params.zone);
  const asked = askedOf(params, here, zone, now);
  const { filter, state } = asked;
  const found = await orTooLong(traceMails(scope.db, token, filter, zone));
  const rows = found?.rows ?? [];
  const time = (row: TraceRow) => <Time at={row.collectedAt} zone={zone} now={now} />;
  return (
    <>
      <PageHeader title="Messages">Every mail of every tenant, the newest first. Times in {zone}.</PageHeader>
      <SearchBox here={here} typed={asked.typed} all={asked.all} kept={asked.kept} shownZone={zone} />
      <SearchHelp />
      <NewerMail />
      <Marks asked={asked} zone={zone} />
      <StateChips chosen={state} hrefOf={asked.toState} />
      {found && <Found asked={asked} found={found} />}
      {!found ? (
        <TooLong />
      ) : rows.length === 0 && !found.backTo ? (
        <Nothing
          asked={await seenSince(asked, (one) => traceMails(scope.db, token, one, zone, 1))}
          blind={await orTooLong(blindMailboxes(scope.db, token))}
          zone={zone}
          now={now}
        />
      ) : rows.length === 0 ? null : (
        <MailTable
          caption="Messages of all tenants, the newest first"
          rows={rows}
          rowKey={(row) => row.id}
          href={(row) => `/t/${row.slug}/messages/${row.id}`}
          title={(row) => row.subject || "(no subject)"}
          linkIn="subject"
          columns={columns(state, time)}
          below={(row) => `${row.tenant} · ${rowWords(row, state).word} · ${fromOf(row)} → ${toOf(row)}`}
        />
      )}
      <Turn asked={asked} found={found} zone={zone} now={now} />
    </>
  );
}

/** The browser names its zone in the address, so that a colleague sees the same days. */
function zoneOf(named: string | string[] | undefined): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: String(named ?? "UTC") }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}

const columns = (state: ListState | undefined, time: (row: TraceRow) => React.ReactNode): MailColumn<TraceRow>[] => [
  {
    key: "state",
    head: "State",
    width: "w-32",
    small: "mark",
    cell: (row) => <StateMark state={rowWords(row, state).state}>{rowWords(row, state).word}</StateMark>,
  },
  { key: "time", head: "Collected", width: "w-28", small: "time", cell: time },
  {
    key: "tenant",
    head: "Tenant",
    width: "w-[14%]",
    // Above the row's own link.
    cell: (row) => (
      <SoftLink href={`/t/${row.slug}`} title={row.tenant} className="relative z-10 hover:underline">
        {row.tenant}
      </SoftLink>
    ),
  },
  { key: "from", head: "From", width: "w-[17%]", title: fromOf, cell: fromOf },
  {
    key: "to",
    head: "To",
    width: "w-[16%]",
    title: (row) => row.recipients.join(", "),
    cell: toOf,
  },
  { key: "subject", head: "Subject", cell: () => null },
  {
    key: "words",
    head: "Server’s last words",
    width: "w-[16%]",
    className: "text-soft max-lg:hidden",
    title: (row) => lastWordsOf(row) || (row.reason ?? ""),
    cell: (row) => <LastWords row={row} />,
  },
];

function LastWords({ row }: { row: TraceRow }) {
  const kind = kindWords(row.kind);
  return (
    <>
      {kind && <span className="mr-1.5 text-ink">{kind}</span>}
      {lastWordsOf(row) ? <Mono>{shortWordsOf(row)}</Mono> : row.reason}
    </>
  );
}

interface NothingProps {
  asked: Asked;
  /** null where asking takes too long */
  blind: Awaited<ReturnType<typeof blindMailboxes>> | null;
  zone: string;
  now: Date;
}

function Nothing({ asked, blind, zone, now }: NothingProps) {
  const never = asked.looksFor && !asked.state && !asked.reason && !asked.newerFits;
  return (
    <>
      <EmptyState
        title={
          never
            ? "No tenant’s mailbox brought such a mail"
            : asked.filtered || asked.newerFits
              ? nothingFits(asked)
              : "No mail was collected yet"
        }
        action={
          <>
            {asked.looksFor && !asked.all && (
              <ButtonLink href={asked.to({ all: "on" })}>Look among notices, tests and copies too</ButtonLink>
            )}
            {asked.filtered && <ButtonLink href={here}>Show all mail</ButtonLink>}
          </>
        }
      />
      {never && blind && <BlindList facts={blind} zone={zone} now={now} />}
    </>
  );
}
