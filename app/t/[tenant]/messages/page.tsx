// Messages: every mail of the tenant, by state and by search. The filters stand in the address.
import type { Metadata } from "next";
import Link from "next/link";
import { enterTenant } from "@/app/_server/scope";
import { Button, ButtonLink } from "@/app/_ui/button";
import { controlClass } from "@/app/_ui/field";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { Time } from "@/app/_ui/time";
import { listStates, searchMails } from "@/domain/message/search";
import { stateWords } from "./words";

export const metadata: Metadata = { title: "Messages" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function MessagesPage({ params, searchParams }: Props) {
  const { scope, tenant, now } = await enterTenant((await params).tenant, "message.read");
  const asked = await searchParams;
  const get = (key: string) => (typeof asked[key] === "string" ? asked[key].slice(0, 300) : "") || undefined;
  const state = listStates.find((one) => one === get("state"));
  const typed = { text: get("text"), from: get("from"), until: get("until"), reason: get("reason") };
  const all = get("all") === "on";
  const before = Math.floor(Number(get("before"))) || undefined;
  const { rows, older } = await searchMails(scope, { ...typed, state, all, before }, tenant.timeZone);
  const here = `/t/${tenant.slug}/messages`;
  const kept = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...typed, state, all: all ? "on" : undefined }))
    if (value) kept.set(key, value);
  return (
    <>
      <PageHeader title="Messages">Every mail that Mailferry collected. Times in {tenant.timeZone}.</PageHeader>
      <search>
        <form className="mb-4 flex flex-wrap items-center gap-2 [&_input:not([type=checkbox])]:w-auto [&_select]:w-auto">
          <input
            type="search"
            name="text"
            defaultValue={typed.text}
            aria-label="Sender, recipient, subject or Message-ID"
            placeholder="Sender, recipient, subject or Message-ID"
            className={`${controlClass} min-w-64 flex-1`}
          />
          <select name="state" defaultValue={state ?? ""} aria-label="State" className={controlClass}>
            <option value="">All states</option>
            {listStates.map((one) => (
              <option key={one} value={one}>
                {stateWords[one].word}
              </option>
            ))}
          </select>
          <input type="date" name="from" defaultValue={typed.from} aria-label="From day" className={controlClass} />
          <input type="date" name="until" defaultValue={typed.until} aria-label="Until day" className={controlClass} />
          {typed.reason && <input type="hidden" name="reason" value={typed.reason} />}
          <label className="flex items-center gap-2">
            <input type="checkbox" name="all" defaultChecked={all} /> Notices, tests and copies too
          </label>
          <Button type="submit">Search</Button>
        </form>
      </search>
      {rows.length === 0 ? (
        <EmptyState
          title={kept.size > 0 ? "No mail matches this" : "No mail was collected yet"}
          action={kept.size > 0 && <ButtonLink href={here}>Show all</ButtonLink>}
        />
      ) : (
        <Table
          caption="Messages, the newest first"
          rows={rows}
          rowKey={(row) => row.id}
          columns={[
            {
              key: "subject",
              head: "Subject",
              cell: (row) => (
                <Link href={`${here}/${row.id}`} className="font-medium [overflow-wrap:anywhere] hover:underline">
                  {row.subject || "(no subject)"}
                </Link>
              ),
            },
            {
              key: "from",
              head: "From",
              cell: (row) => <span className="[overflow-wrap:anywhere]">{row.sender || row.from || "<>"}</span>,
            },
            {
              key: "to",
              head: "To",
              wideOnly: true,
              cell: (row) => (
                <span className="[overflow-wrap:anywhere]">
                  {row.recipients[0] ?? "nobody yet"}
                  {row.recipientCount > 1 && ` and ${row.recipientCount - 1} more`}
                </span>
              ),
            },
            {
              key: "state",
              head: "State",
              cell: (row) => <StateMark state={stateWords[row.place].state}>{stateWords[row.place].word}</StateMark>,
            },
            {
              key: "at",
              head: "Collected",
              align: "right",
              cell: (row) => <Time at={row.collectedAt} zone={tenant.timeZone} now={now} />,
            },
          ]}
        />
      )}
      <Pager
        newer={before ? `${here}?${kept}` : undefined}
        older={older ? `${here}?${new URLSearchParams([...kept, ["before", String(older)]])}` : undefined}
      />
    </>
  );
}
