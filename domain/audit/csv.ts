// The log as a file for a spreadsheet (RFC 4180). A spreadsheet takes a cell that begins with =, +, - or @ for a formula, and
// subjects of mails are written by strangers: such a cell gets an apostrophe in front, as OWASP advises.
import type { AuditRow } from "./list";
import { auditVerb } from "./words";

export function auditCsv(rows: readonly AuditRow[]): string {
  const lines = rows.map(({ at, who, action, target, changes }) =>
    [at.toISOString(), who, auditVerb(action), target, Object.keys(changes).length > 0 ? JSON.stringify(changes) : ""]
      .map(cell)
      .join(","),
  );
  return ["time (UTC),who,what,to what,changes", ...lines].map((line) => `${line}\r\n`).join("");
}

const cell = (text: string): string => {
  const safe = /^[\s]*[=+\-@]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};
