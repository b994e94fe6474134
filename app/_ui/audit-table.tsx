// Who changed what, from what to what, when. For a tenant's log and the platform's.
import { auditVerb } from "@/domain/audit/words";
import { auditField } from "./audit-fields";
import { valueWords } from "./audit-value";
import { Mono } from "./page";
import { Table } from "./table";
import { longTime } from "./time";

export interface AuditLine {
  id: number;
  at: Date;
  /** in a log of several tenants: whose, or empty for the platform itself */
  tenant?: string;
  who: string;
  action: string;
  target: string;
  changes: Record<string, unknown>;
}

export function AuditTable({ rows, zone }: { rows: readonly AuditLine[]; zone: string }) {
  const several = rows.some(({ tenant }) => tenant);
  return (
    <Table
      caption="What was done, the newest first"
      rows={rows}
      rowKey={(row) => `${row.tenant ?? ""} ${row.id}`}
      columns={[
        {
          key: "what",
          head: "What",
          cell: (row) => (
            <span className="[overflow-wrap:anywhere]">
              {auditVerb(row.action)} {row.target && <span className="font-medium">{row.target}</span>}
            </span>
          ),
        },
        {
          key: "changes",
          head: "From → to",
          cell: (row) => <Changes action={row.action} changes={row.changes} zone={zone} />,
        },
        ...(several
          ? [{ key: "where", head: "Where", width: "w-36", cell: (row: AuditLine) => row.tenant || "the platform" }]
          : []),
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

function Changes({ action, changes, zone }: { action: string; changes: Record<string, unknown>; zone: string }) {
  const entries = Object.entries(changes).flatMap(([field, change]) => leaves(field, change));
  if (entries.length === 0) return null;
  const list = (
    <ul className="grid gap-0.5 [overflow-wrap:anywhere] max-md:w-[calc(100vw-32px)]">
      {entries.map(([field, change]) => (
        <li key={field}>
          <span className="text-soft">{auditField(action, field)}</span> <Change change={change} zone={zone} />
        </li>
      ))}
    </ul>
  );
  if (entries.length <= most) return list;
  // What was made new has all its values: they stay folded, so that the log can be scanned.
  return (
    <details>
      <summary className="cursor-pointer text-soft">{entries.length} values</summary>
      {list}
    </details>
  );
}

const most = 6;

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** `from` is missing where there was nothing before. */
const isFromTo = (value: unknown): value is { from?: unknown; to: unknown } =>
  isGroup(value) && "to" in value && Object.keys(value).every((key) => key === "from" || key === "to");

/** A changed group ("notify") becomes its changed parts ("notify.spam"), also where it is new or gone. */
function leaves(field: string, change: unknown): [string, unknown][] {
  if (!isFromTo(change)) return [[field, change]];
  const [from, to] = [change.from ?? {}, change.to ?? {}];
  if ((!change.from && !change.to) || !isGroup(from) || !isGroup(to)) return [[field, change]];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]))
    .flatMap((key) => leaves(`${field}.${key}`, { from: from[key], to: to[key] }));
}

function Change({ change, zone }: { change: unknown; zone: string }) {
  if (!isFromTo(change)) return <>{typeof change === "string" ? change : JSON.stringify(change)}</>;
  if (change.from === undefined || change.from === null) return <Mono>{valueWords(change.to, zone)}</Mono>;
  return (
    <>
      <Mono>{valueWords(change.from, zone)}</Mono> <span className="sr-only">to</span>
      <span aria-hidden>→</span> <Mono>{valueWords(change.to, zone)}</Mono>
    </>
  );
}
