// What of the log is asked for, as it stands in a page's address. What can't be meant is left out, so that an old or mistyped
// link shows too much rather than a fault.
import { auditKinds } from "./words";

export interface AuditFilter {
  /** part of a name */
  who: string;
  /** a kind of auditKinds, or empty */
  what: string;
  /** days like 2026-11-24 in the log's zone, or empty; both are in it */
  from: string;
  to: string;
  /** part of what it was done to, or of the name */
  search: string;
}

type Asked = Record<string, string | string[] | undefined>;

export const noFilter: AuditFilter = { who: "", what: "", from: "", to: "", search: "" };

export function auditFilterOf(asked: Asked): AuditFilter {
  const text = (name: string) => {
    const value = asked[name];
    return typeof value === "string" ? value.replaceAll("\0", "").trim().slice(0, 200) : "";
  };
  const what = text("what");
  return {
    who: text("who"),
    what: Object.hasOwn(auditKinds, what) ? what : "",
    from: dayIn(text("from")),
    to: dayIn(text("to")),
    search: text("search"),
  };
}

/** Which tenants, in a platform's log: '' the installation itself, '*' it and all tenants, else a tenant's short name. */
export const auditWhereOf = ({ where }: Asked): string =>
  typeof where === "string" ? where.replaceAll("\0", "").trim().slice(0, 63) : "";

/** A day that there is: Postgres refuses 30 February. */
function dayIn(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return "";
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) && text >= "1970" ? text : "";
}

/** The address's part for these; empty ones are left out. */
export function auditQuery(filter: object): string {
  const set = Object.entries(filter).filter(([, value]) => typeof value === "string" && value !== "");
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
}

export const isFiltered = (filter: AuditFilter): boolean => auditQuery(filter) !== "";
