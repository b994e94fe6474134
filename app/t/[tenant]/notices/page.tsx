// Notices: what was told to whom and what came of it, what waits to be told, and who else is told.
import type { Metadata } from "next";
import { rowNumber } from "@/app/_server/row-number";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { EmptyState, Mono, PageHeader, Section } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { relativeTime, shortTime, Time } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { listReceivers } from "@/domain/notice/receivers";
import { toldBeside } from "@/domain/notice/receivers-schema";
import { listPending, listSent, type PendingNotice, type SentNotice } from "@/domain/notice/sent";
import { noticeSentence } from "@/domain/notice/wanted";
import { exchangeForForm } from "../exchange/page-exchange";
import { replyWords } from "../messages/[id]/reply-words";
import { Receivers } from "./receivers";
import { TestNotice } from "./test-notice";
import { kindNames } from "./words";

export const metadata: Metadata = { title: "Notices" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function NoticesPage({ params, searchParams }: Props) {
  const { scope, tenant, role, now } = await enterTenant((await params).tenant, "exchange.read");
  const before = rowNumber((await searchParams).before);
  const [{ found: exchange, form }, { rows, older }, pending, receivers] = await Promise.all([
    exchangeForForm(scope),
    listSent(scope, before, 30),
    listPending(scope),
    listReceivers(scope),
  ]);
  const here = `/t/${tenant.slug}/notices`;
  return (
    <>
      <KeepFresh on={["mail", "settings"]} />
      <PageHeader
        title="Notices"
        actions={
          exchange && (
            <ButtonLink size="small" href={`/t/${tenant.slug}/exchange`}>
              Choose on the Exchange page
            </ButtonLink>
          )
        }
      >
        {exchange ? (
          <>
            They go to <Mono>{exchange.settings.postmaster}</Mono>. {noticeSentence(exchange.settings.notify)} Times in{" "}
            {tenant.timeZone}.
          </>
        ) : (
          "There is no Exchange server yet, so nobody can be told. Set one up first."
        )}
      </PageHeader>
      {pending.length > 0 && (
        <Section title="Waits to be told" help="While more comes, notices of one kind are gathered, in growing gaps.">
          <ul className="grid gap-1">
            {pending.map((one) => (
              <li key={one.kind}>
                <Pending one={one} zone={tenant.timeZone} now={now} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Told">
        {rows.length === 0 ? (
          <EmptyState title={before ? "Nothing older" : "Nobody was told anything yet"}>
            Notices appear here with what your server said to them.
          </EmptyState>
        ) : (
          <SentTable rows={rows} slug={tenant.slug} zone={tenant.timeZone} now={now} />
        )}
        <Pager newer={before ? here : undefined} older={older ? `${here}?before=${older}` : undefined} />
      </Section>
      <Section
        title="Also told"
        help="Beside the postmaster, by kind. What is told at all is ticked on the Exchange page."
      >
        <Receivers
          slug={tenant.slug}
          receivers={receivers}
          edits={tenant.state === "active" && may(role, "tenant.edit")}
        />
      </Section>
      {exchange && tenant.state === "active" && may(role, "exchange.test-saved") && (
        <Section title="Do they arrive?">
          <TestNotice
            slug={tenant.slug}
            zone={tenant.timeZone}
            saved={exchange.settings}
            others={toldBeside(receivers, exchange.settings.postmaster).length}
            arrival={form.arrival}
          />
        </Section>
      )}
    </>
  );
}

const events = (n: number) => (n === 1 ? "1 event" : `${n.toLocaleString("en")} events`);

function Pending({ one, zone, now }: { one: PendingNotice; zone: string; now: Date }) {
  const waits = one.nextAt && one.nextAt > now ? `; the next notice goes at ${shortTime(one.nextAt, zone, now)}` : "";
  return (
    <StateMark state="idle">
      {events(one.events)}: {kindNames[one.kind]}, since {relativeTime(one.oldest, now)}
      {waits}
    </StateMark>
  );
}

interface SentProps {
  rows: SentNotice[];
  slug: string;
  zone: string;
  now: Date;
}

function SentTable({ rows, slug, zone, now }: SentProps) {
  return (
    <Table
      caption="Notices that were sent, the newest first"
      rows={rows}
      rowKey={({ mailId }) => mailId}
      columns={[
        {
          key: "what",
          head: "Notice",
          width: "w-[34%]",
          cell: (row) => (
            <span className="[overflow-wrap:anywhere]">
              <SoftLink href={`/t/${slug}/messages/${row.mailId}`} className="font-medium hover:underline">
                {row.subject}
              </SoftLink>
              <span className="block text-soft">
                {kindNames[row.kind]}, {events(row.events)}
              </span>
            </span>
          ),
        },
        {
          key: "result",
          head: "To whom, and what came of it",
          cell: (row) => (
            <ul className="grid gap-1">
              {row.receivers.map((one) => (
                <li key={one.address} className="[overflow-wrap:anywhere]">
                  <Mono>{one.address}</Mono> <Result one={one} zone={zone} now={now} />
                </li>
              ))}
            </ul>
          ),
        },
        { key: "at", head: "When", width: "w-36", cell: (row) => <Time at={row.at} zone={zone} now={now} /> },
      ]}
    />
  );
}

type Told = SentNotice["receivers"][number];

function Result({ one, zone, now }: { one: Told; zone: string; now: Date }) {
  const said = replyWords(one);
  switch (one.place) {
    case "delivered":
    case "merged":
      return (
        <StateMark state="flowing">
          accepted by Exchange{one.at && ` ${shortTime(one.at, zone, now)}`}
          {said && <span className="block text-soft">{said}</span>}
        </StateMark>
      );
    case "waiting":
      return <StateMark state="idle">waiting{said && `: ${said}`}</StateMark>;
    case "badmail":
    case "held":
      return <StateMark state="stopped">refused{said && `: ${said}`}</StateMark>;
    case "expired":
    case "deleted":
    case "discarded":
      return <StateMark state="stopped">given up{said && `: ${said}`}</StateMark>;
  }
}
