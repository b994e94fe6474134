// After an import: what is stopped, how much is in each mailbox, from when to when, and starting all of them.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { EmptyState, Mono, PageHeader } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { shortTime, Time } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { workerNameOf } from "@/domain/exchange/store";
import { canStart, type Look, type StoppedMailbox, stoppedMailboxes } from "@/domain/mailbox/stopped";
import { mostLooks } from "@/domain/probe/ask-looks";
import { sizeWords } from "@/domain/size-words";
import { StartAll } from "./start-all";
import { foundWords, progressOf, startQuestion } from "./words";

export const metadata: Metadata = { title: "Stopped since an import" };

export default async function StoppedPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const { scope, role, tenant, now } = await enterTenant(slug, "mailbox.read");
  const rows = await stoppedMailboxes(scope);
  const open = tenant.state === "active";
  const at = (when: Date | null) => (when ? <Time at={when} zone={tenant.timeZone} now={now} /> : "");
  const progress = progressOf(rows);
  const withPassword = rows.filter(({ hasPassword }) => hasPassword).length;
  const alone = progress !== null && (await workerNameOf(scope)) === null;
  return (
    <>
      <PageHeader
        title="Stopped since an import"
        actions={
          open &&
          rows.length > 0 && (
            <StartAll
              slug={slug}
              ids={rows.filter(canStart).map(({ id }) => id)}
              question={startQuestion(rows)}
              mayLook={may(role, "mailbox.test-saved") && withPassword > 0}
              mayStart={may(role, "mailbox.run")}
              progress={progress}
              mostAtOnce={mostLooks}
              withPassword={withPassword}
            />
          )
        }
      >
        These mailboxes came in by a configuration file, and nothing of them is collected. Look into them first: it
        signs in and counts, and changes nothing there. Times in {tenant.timeZone}.
      </PageHeader>
      {rows.length === 0 ? (
        <EmptyState
          title="No mailbox is stopped since an import"
          action={<ButtonLink href={`/t/${slug}/mailboxes`}>All mailboxes</ButtonLink>}
        >
          A configuration file that is imported with --stopped, or without a mailbox's password, brings mailboxes in
          stopped. They stand here until somebody starts them.
        </EmptyState>
      ) : (
        <>
          <p className="mb-3 text-soft" role="status">
            {foundWords(rows)}
            {alone && " No worker runs for this site, so nobody looks: it begins when one is started."}
          </p>
          <Table
            caption="Mailboxes stopped since an import"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { key: "name", head: "Mailbox", cell: (row) => <Name row={row} slug={slug} /> },
              { key: "count", head: "There now", align: "right", cell: (row) => <There row={row} /> },
              {
                key: "oldest",
                head: "Oldest",
                cell: ({ look }) => <Labelled label="oldest">{at(look?.oldest ?? null)}</Labelled>,
              },
              {
                key: "newest",
                head: "Newest",
                cell: ({ look }) => <Labelled label="newest">{at(look?.newest ?? null)}</Labelled>,
              },
              {
                key: "does",
                head: "Starting",
                cell: (row) => doesWords(row, (when) => shortTime(when, tenant.timeZone, now)),
              },
            ]}
          />
        </>
      )}
      {rows.length > 0 && <KeepFresh on={["test", "mailbox"]} />}
    </>
  );
}

/** Small screens show no heads. */
function Labelled({ label, children }: { label: string; children: React.ReactNode }) {
  if (children === "") return null;
  return (
    <span>
      <span className="text-soft md:hidden">{label} </span>
      {children}
    </span>
  );
}

function Name({ row, slug }: { row: StoppedMailbox; slug: string }) {
  return (
    <div className="min-w-0">
      <SoftLink href={`/t/${slug}/mailboxes/${row.id}`} className="font-medium underline-offset-2 hover:underline">
        {row.name}
      </SoftLink>
      <div className="text-[12px] text-soft [overflow-wrap:anywhere]">
        <Mono>{row.username}</Mono> at <Mono>{row.host}</Mono>
      </div>
    </div>
  );
}

function There({ row: { look, hasPassword } }: { row: StoppedMailbox }) {
  if (!hasPassword) return <StateMark state="needs">no password</StateMark>;
  if (!look) return <span className="text-soft">not looked yet</span>;
  if (look.going) return <span className="text-soft">{look.going === "running" ? "looking …" : "waits its turn"}</span>;
  if (look.fault) return <StateMark state="stopped">failed</StateMark>;
  if (look.unknown) return <StateMark state="needs">not known</StateMark>;
  return <Count look={look} />;
}

const Count = ({ look }: { look: Look }) => (
  <span className="whitespace-nowrap">
    {look.atLeast ? "at least " : ""}
    {look.count.toLocaleString("en")} <span className="text-soft">{sizeWords(look.bytes)}</span>
  </span>
);

function doesWords(row: StoppedMailbox, clock: (at: Date) => string): string {
  if (!row.hasPassword) return "Open it and give its password first.";
  if (row.look?.fault) return row.look.fault;
  if (row.look?.unknown) return `${row.look.unknown} That says nothing about the mailbox: look again.`;
  const what = row.start === "all" ? "collects all of it" : `collects what came since ${startWords(row.start, clock)}`;
  return `${what}${row.after === "keep" ? ", and keeps it there" : row.after === "delete" ? ", and deletes it there" : ", and deletes it there later"}`;
}

const startWords = (start: string, clock: (at: Date) => string): string =>
  start.includes("T") ? clock(new Date(start)) : start;
