// For a mail that was never seen, over all tenants: since when everything was looked into, and where nobody looks now.
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { Time } from "@/app/_ui/time";
import type { Blind, BlindMailbox } from "@/domain/message/trace";

export function BlindList({ facts, zone, now }: { facts: Blind; zone: string; now: Date }) {
  if (facts.mailboxes === 0) return null;
  const at = (when: Date) => <Time at={when} zone={zone} now={now} />;
  return (
    <section aria-labelledby="looked" className="mt-8">
      <h2 id="looked" className="font-semibold">
        Where it was looked for
      </h2>
      <p className="mt-1 mb-3 max-w-[72ch] text-soft">
        <Polled facts={facts} at={at} /> If you know whose mail it is, search on that tenant’s page: it says so for each
        mailbox.{facts.blind.length > 0 && " The mail may lie in one of these, which nobody looks into now:"}
      </p>
      {facts.blind.length > 0 && (
        <Table
          caption="Mailboxes that are not being looked into"
          rows={facts.blind}
          rowKey={(row) => row.id}
          columns={[
            {
              key: "name",
              head: "Mailbox",
              cell: (row) => (
                <SoftLink href={`/t/${row.slug}/mailboxes/${row.id}`} className="font-medium hover:underline">
                  {row.name}
                </SoftLink>
              ),
            },
            {
              key: "tenant",
              head: "Tenant",
              cell: (row) => (
                <SoftLink href={`/t/${row.slug}`} className="hover:underline">
                  {row.tenant}
                </SoftLink>
              ),
            },
            {
              key: "last",
              head: "Last polled without it",
              cell: (row) => (row.lastPollAt ? at(row.lastPollAt) : <span className="text-soft">never yet</span>),
            },
            { key: "state", head: "State", cell: (row) => <Why row={row} at={at} /> },
          ]}
        />
      )}
    </section>
  );
}

function Polled({
  facts: { mailboxes, oldestPollAt, blind },
  at,
}: {
  facts: Blind;
  at: (when: Date) => React.ReactNode;
}) {
  const all = `${mailboxes.toLocaleString("en")} ${mailboxes === 1 ? "mailbox" : "mailboxes"}`;
  if (!oldestPollAt) return `${all}.`;
  if (mailboxes === 1) return <>The one mailbox was polled without it, at {at(oldestPollAt)}.</>;
  const which = blind.length === 0 ? `All ${all} were` : `${all}; those that are being collected were all`;
  return (
    <>
      {which} polled without it, the one longest ago at {at(oldestPollAt)}.
    </>
  );
}

function Why({ row, at }: { row: BlindMailbox; at: (when: Date) => React.ReactNode }) {
  const why = row.reason ?? row.lastError;
  return (
    <span className="block max-w-[52ch]">
      {row.state === "paused" && <StateMark state="idle">paused</StateMark>}
      {row.state === "stopped" && <StateMark state="stopped">stopped</StateMark>}
      {row.state === "active" && row.failingSince && (
        <StateMark state="stopped">failing since {at(row.failingSince)}</StateMark>
      )}
      {row.state === "active" && !row.failingSince && <StateMark state="idle">not collected yet</StateMark>}
      {why && <span className="block text-[12px] text-soft [overflow-wrap:anywhere]">{why}</span>}
    </span>
  );
}
