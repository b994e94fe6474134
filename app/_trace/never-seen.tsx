// The answer about a mail that was never seen: which mailboxes were looked into without it, when, and which were not.
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { Time } from "@/app/_ui/time";
import { doing, resultWords } from "@/app/t/[tenant]/mailboxes/state-words";
import type { MailboxRow } from "@/domain/mailbox/store";

interface Props {
  mailboxes: MailboxRow[];
  slug: string;
  zone: string;
  now: Date;
}

export function NeverSeen({ mailboxes, slug, zone, now }: Props) {
  if (mailboxes.length === 0) return null;
  return (
    <section aria-labelledby="never-seen" className="mt-8">
      <h2 id="never-seen" className="font-semibold">
        Where it was looked for
      </h2>
      <p className="mt-1 mb-3 max-w-[72ch] text-soft">
        {sentence(mailboxes)} If the provider’s mailbox has no such mail either, it never came: the sender’s server
        knows why.
      </p>
      <Table
        caption="Mailboxes, and when each was last polled without it"
        rows={[...mailboxes].sort((a, b) => Number(sees(a)) - Number(sees(b)))}
        rowKey={(row) => row.id}
        columns={[
          {
            key: "name",
            head: "Mailbox",
            cell: (row) => (
              <SoftLink href={`/t/${slug}/mailboxes/${row.id}`} className="font-medium hover:underline">
                {row.settings.name}
              </SoftLink>
            ),
          },
          {
            key: "last",
            head: "Last polled without it",
            cell: (row) =>
              row.lastPollAt ? (
                <span className="whitespace-nowrap">
                  <Time at={row.lastPollAt} zone={zone} now={now} />{" "}
                  <span className="text-soft">{resultWords(row)}</span>
                </span>
              ) : (
                <span className="text-soft">never yet</span>
              ),
          },
          { key: "state", head: "State", cell: (row) => <Doing row={row} now={now} /> },
          { key: "out", head: "Not collected", cell: (row) => <NotCollected row={row} slug={slug} /> },
        ]}
      />
    </section>
  );
}

/** Looks at its mailbox, so a mail that arrives there is seen. */
const sees = (row: MailboxRow) => row.state === "active" && row.failingSince === null && row.lastPollAt !== null;

function sentence(mailboxes: MailboxRow[]): string {
  const blind = mailboxes.filter((row) => !sees(row)).length;
  if (blind === 0)
    return mailboxes.length === 1
      ? "The mailbox was polled and did not have it."
      : `All ${mailboxes.length} mailboxes were polled and did not have it.`;
  const which = blind === 1 ? "One mailbox is" : `${blind} mailboxes are`;
  return `${which} not being looked into: it may lie there.`;
}

function Doing({ row, now }: { row: MailboxRow; now: Date }) {
  const { state, word, sentence: why } = doing(row, now);
  return (
    <span className="block max-w-[44ch]">
      <StateMark state={state}>{word}</StateMark>
      {why && <span className="block text-[12px] text-soft [overflow-wrap:anywhere]">{why}</span>}
    </span>
  );
}

function NotCollected({ row, slug }: { row: MailboxRow; slug: string }) {
  const { skipped, bad } = row.counts;
  const parts = [
    skipped > 0 && `${skipped.toLocaleString("en")} left out by “start”`,
    bad > 0 && `${bad.toLocaleString("en")} could not be fetched`,
  ].filter(Boolean);
  if (parts.length === 0) return <span className="text-soft max-md:hidden">nothing</span>;
  return (
    <SoftLink href={`/t/${slug}/mailboxes/${row.id}`} className="text-accent underline">
      {parts.join(", ")}
    </SoftLink>
  );
}
