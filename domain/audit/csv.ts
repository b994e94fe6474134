// The log as a file for a spreadsheet (RFC 4180). A spreadsheet takes a cell that begins with =, +, - or @ for a formula, and
// subjects of mails are written by strangers: such a cell gets an apostrophe in front, as OWASP advises.
// A log can be long: it is read and written a page at a time, to its end, so that a file takes the memory of one page.
import type { AuditRow } from "./list";
import { auditVerb } from "./words";

/** Of one read. */
export const rowsPerPage = 1000;

/** `tenant`: in a platform's log, which one; empty: the installation itself. */
type CsvRow = AuditRow & { tenant?: string };

/** All rows that fit, a page of the list after the other. */
export async function* auditPages<Row, Key>(
  list: (before: Key | null) => Promise<{ rows: Row[]; older: Key | null }>,
): AsyncGenerator<Row[], void, void> {
  let before: Key | null = null;
  do {
    const { rows, older }: { rows: Row[]; older: Key | null } = await list(before);
    // There were older ones a moment ago: whoever asks was signed out meanwhile, and a part must not look like the whole.
    if (before !== null && rows.length === 0) throw new Error("the audit log could not be read to its end");
    yield rows;
    before = older;
  } while (before !== null);
}

/** The file's parts. `tenants`: says for each row which tenant's it is. */
export async function* auditCsv(
  pages: AsyncIterable<readonly CsvRow[]>,
  tenants = false,
): AsyncGenerator<string, void, void> {
  yield `time (UTC),${tenants ? "tenant," : ""}who,what,to what,changes\r\n`;
  for await (const rows of pages) yield rows.map((row) => lineOf(row, tenants)).join("");
}

function lineOf({ at, tenant = "", who, action, target, changes }: CsvRow, tenants: boolean): string {
  const changed = Object.keys(changes).length > 0 ? JSON.stringify(changes) : "";
  const cells = [at.toISOString(), ...(tenants ? [tenant] : []), who, auditVerb(action), target, changed];
  return `${cells.map(cell).join(",")}\r\n`;
}

const cell = (text: string): string => {
  const safe = /^[\s]*[=+\-@]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};
