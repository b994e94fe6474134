// The mailboxes of a company: is each being collected, what did the last poll bring, when is the next.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { EmptyState, Mono, PageHeader } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { Banner, StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { shortTime, Time } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { providerTrouble, troubledHosts } from "@/domain/mailbox/incident-seen";
import { importedStopped } from "@/domain/mailbox/stopped";
import { listMailboxes, type MailboxRow } from "@/domain/mailbox/store";
import { AllButtons } from "./all-buttons";
import { RowButtons } from "./row-buttons";
import { type Doing, doing, notCollected, resultWords } from "./state-words";

export const metadata: Metadata = { title: "Mailboxes" };

export default async function MailboxesPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const { scope, role, tenant, now } = await enterTenant(slug, "mailbox.read");
  const [rows, hosts] = await Promise.all([listMailboxes(scope), troubledHosts(scope)]);
  const clock = (when: Date) => shortTime(when, tenant.timeZone, now);
  const open = tenant.state === "active";
  const imported = open ? rows.filter(importedStopped).length : 0;
  const add =
    open && may(role, "mailbox.edit") ? (
      <ButtonLink kind="primary" href={`/t/${slug}/mailboxes/new`}>
        Add a mailbox
      </ButtonLink>
    ) : null;
  const at = (when: Date | null) => (when ? <Time at={when} zone={tenant.timeZone} now={now} /> : "");
  return (
    <>
      <PageHeader title="Mailboxes" actions={rows.length > 0 ? add : null}>
        Where Mailferry collects mail for {tenant.name}. Times in {tenant.timeZone}.
      </PageHeader>
      {rows.length === 0 ? (
        <EmptyState
          title="No mailbox yet"
          action={
            add && (
              <>
                {add}
                <ButtonLink href={`/t/${slug}/setup`}>Set up step by step</ButtonLink>
              </>
            )
          }
        >
          Add the POP3 or IMAP mailbox that your mail arrives in. You can test it before anything is collected.
        </EmptyState>
      ) : (
        <>
          {imported > 0 && (
            <div className="mb-6">
              <Banner
                state="needs"
                title={`${imported === 1 ? "1 mailbox is" : `${imported} mailboxes are`} stopped since an import.`}
                action={
                  <ButtonLink size="small" href={`/t/${slug}/mailboxes/stopped`}>
                    Look and start
                  </ButtonLink>
                }
              >
                Nothing is collected from there before somebody starts it.
              </Banner>
            </div>
          )}
          <Table
            caption="Mailboxes"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { key: "name", head: "Mailbox", cell: (row) => <Name row={row} slug={slug} /> },
              {
                key: "state",
                head: "State",
                cell: (row) => (
                  <State
                    row={row}
                    how={open ? doing(row, now, providerTrouble(row, hosts, clock, now)) : notCollected}
                  />
                ),
              },
              {
                key: "last",
                head: "Last poll",
                cell: (row) => (
                  <span className="whitespace-nowrap">
                    {at(row.lastPollAt)} <span className="text-soft">{row.lastPollAt && resultWords(row)}</span>
                  </span>
                ),
              },
              {
                key: "next",
                head: "Next",
                cell: (row) => (open ? nextWords(row, now, at) : <NotWhile>closed</NotWhile>),
              },
              {
                key: "do",
                head: "What you can do",
                quiet: true,
                align: "right",
                cell: (row) =>
                  open && may(role, "mailbox.run") ? (
                    <RowButtons slug={slug} id={row.id} name={row.settings.name} state={row.state} />
                  ) : null,
              },
            ]}
          />
        </>
      )}
      {open && may(role, "mailbox.run") && (
        <AllButtons
          slug={slug}
          rows={rows.map(({ id, version, state, settings }) => ({ id, version, state, name: settings.name }))}
        />
      )}
      {rows.length > 0 && <KeepFresh on={["mailbox", "settings"]} />}
    </>
  );
}

const NotWhile = ({ children }: { children: string }) => (
  <span className="whitespace-nowrap text-soft">not while {children}</span>
);

function nextWords(row: MailboxRow, now: Date, at: (when: Date | null) => React.ReactNode) {
  if (row.collecting) return <span className="text-soft">now</span>;
  if (!row.nextPollAt) return <NotWhile>{row.state}</NotWhile>;
  return row.nextPollAt <= now ? (
    <span className="text-soft">due now</span>
  ) : (
    <span>
      <span className="text-soft md:hidden">next </span>
      {at(row.nextPollAt)}
    </span>
  );
}

function Name({ row, slug }: { row: MailboxRow; slug: string }) {
  const { settings } = row;
  return (
    <div className="min-w-0">
      <SoftLink href={`/t/${slug}/mailboxes/${row.id}`} className="font-medium underline-offset-2 hover:underline">
        {settings.name}
      </SoftLink>
      <div className="text-[12px] text-soft [overflow-wrap:anywhere]">
        {settings.protocol.toUpperCase()} <Mono className="whitespace-nowrap">{settings.username}</Mono> at{" "}
        <Mono className="whitespace-nowrap">{settings.host}</Mono>
      </div>
    </div>
  );
}

function State({ row, how: { state, word, sentence } }: { row: MailboxRow; how: Doing }) {
  const extra = [
    row.counts.bad > 0 ? `${row.counts.bad} could not be collected` : "",
    row.counts.skipped > 0 ? `${row.counts.skipped} left out` : "",
  ].filter(Boolean);
  return (
    <div className="max-w-[44ch]">
      <StateMark state={state}>{word}</StateMark>
      {sentence && <div className="text-[12px] text-soft [overflow-wrap:anywhere]">{sentence}</div>}
      {extra.length > 0 && <div className="text-[12px] text-soft">{extra.join(" · ")}</div>}
    </div>
  );
}
