// The mailboxes as rows: of which tenant, where, how it is doing, how often.
"use client";
import { Mono } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { type ColumnOf, Table } from "@/app/_ui/table";
import type { Doing } from "@/app/t/[tenant]/mailboxes/state-words";
import { tlsWords } from "./words";

export interface Row {
  slug: string;
  tenant: string;
  id: string;
  name: string;
  protocol: string;
  host: string;
  port: number;
  tls: string;
  username: string;
  pollSeconds: number;
  last: string;
  doing: Doing;
}

interface Props {
  rows: Row[];
  /** null: nobody can choose here */
  chosen: ((id: string) => boolean) | null;
  failed: ReadonlyMap<string, string>;
  onToggle: (row: Row) => void;
}

export function ListTable({ rows, chosen, failed, onToggle }: Props) {
  const columns: ColumnOf<Row>[] = [
    {
      key: "name",
      head: "Mailbox",
      cell: (row) => (
        <div className="flex min-w-0 gap-3">
          {chosen && (
            <input
              type="checkbox"
              className="mt-[3px] size-4 shrink-0"
              aria-label={`Choose ${row.name} of ${row.tenant}`}
              checked={chosen(row.id)}
              onChange={() => onToggle(row)}
            />
          )}
          <div className="min-w-0">
            <SoftLink
              href={`/t/${row.slug}/mailboxes/${row.id}`}
              className="font-medium underline-offset-2 [overflow-wrap:anywhere] hover:underline"
            >
              {row.name}
            </SoftLink>
            <div className="text-[12px] text-soft [overflow-wrap:anywhere]">{row.tenant}</div>
            {failed.has(row.id) && (
              <p className="text-[12px] text-stop">
                <span aria-hidden>■ </span>
                {failed.get(row.id)}
              </p>
            )}
          </div>
        </div>
      ),
    },
    {
      key: "server",
      head: "Server",
      cell: (row) => (
        <div data-line className="[overflow-wrap:anywhere]">
          <Mono>
            {row.host}:{row.port}
          </Mono>
          <div className="text-[12px] text-soft">
            {row.protocol.toUpperCase()}, {tlsWords[row.tls] === "None" ? "no encryption" : tlsWords[row.tls]},{" "}
            <Mono>{row.username}</Mono>
          </div>
        </div>
      ),
    },
    {
      key: "state",
      head: "State",
      cell: ({ doing }) => (
        <div className="max-w-[36ch]">
          <StateMark state={doing.state}>{doing.word}</StateMark>
          {doing.sentence && <div className="text-[12px] text-soft [overflow-wrap:anywhere]">{doing.sentence}</div>}
        </div>
      ),
    },
    {
      key: "every",
      head: "Poll every",
      align: "right",
      width: "w-24",
      cell: (row) => (
        <span className="whitespace-nowrap">
          <span className="text-soft md:hidden">every </span>
          {row.pollSeconds.toLocaleString("en")} s
        </span>
      ),
    },
    { key: "last", head: "Last poll", width: "w-60", wideOnly: true, cell: (row) => row.last },
  ];
  return <Table caption="Mailboxes of all tenants" rows={rows} rowKey={(row) => row.id} columns={columns} />;
}
