// Who changed what, from what to what, when. For a tenant's log and the platform's.
import { Mono } from "./page";
import { Table } from "./table";
import { longTime } from "./time";

export interface AuditLine {
  id: number;
  at: Date;
  who: string;
  action: string;
  target: string;
  changes: Record<string, unknown>;
}

export function AuditTable({ rows, zone }: { rows: readonly AuditLine[]; zone: string }) {
  return (
    <Table
      caption="What was done, the newest first"
      rows={rows}
      rowKey={(row) => String(row.id)}
      columns={[
        {
          key: "what",
          head: "What",
          cell: (row) => (
            <span className="[overflow-wrap:anywhere]">
              <Mono>{row.action}</Mono> {row.target}
            </span>
          ),
        },
        { key: "changes", head: "From → to", cell: (row) => <Changes changes={row.changes} /> },
        { key: "who", head: "Who", width: "w-48", cell: (row) => row.who },
        {
          key: "when",
          head: "When",
          width: "w-48",
          cell: (row) => (
            <time dateTime={row.at.toISOString()} className="whitespace-nowrap text-soft">
              {longTime(row.at, zone)}
            </time>
          ),
        },
      ]}
    />
  );
}

function Changes({ changes }: { changes: Record<string, unknown> }) {
  const entries = Object.entries(changes);
  if (entries.length === 0) return null;
  return (
    <ul className="grid gap-0.5 [overflow-wrap:anywhere]">
      {entries.map(([field, change]) => (
        <li key={field}>
          <span className="text-soft">{field}</span> <Change change={change} />
        </li>
      ))}
    </ul>
  );
}

function Change({ change }: { change: unknown }) {
  if (typeof change !== "object" || change === null || !("from" in change) || !("to" in change))
    return <>{String(change)}</>;
  return (
    <>
      <Mono>{valueWords(change.from)}</Mono> <span className="sr-only">to</span>
      <span aria-hidden>→</span> <Mono>{valueWords(change.to)}</Mono>
    </>
  );
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 200);
}
