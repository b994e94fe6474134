// What a list of messages is asked for, as conditions on a mail. Every value is a parameter.
import { places } from "./place";
import { type SearchWord, searchWords } from "./search-words";

export const listStates = [...places, "uncertain", "duplicate"] as const;
export type ListState = (typeof listStates)[number];

export interface MailFilter {
  state?: ListState | undefined;
  /** a cause of held or BADMAIL mail */
  reason?: string | undefined;
  /** what stands in the search box: see search-words */
  text?: string | undefined;
  /** days in the tenant's zone, both included, as 2026-11-24 */
  from?: string | undefined;
  until?: string | undefined;
  /** notices, tests and copies too */
  all?: boolean | undefined;
  /** older than this number */
  before?: number | undefined;
}

type Param = (value: unknown) => string;
interface Conditions {
  /** never empty */
  where: string[];
  /** sorts the addresses that were asked for to the front */
  asked: (column: string) => string;
}

export function mailConditions(filter: MailFilter, zone: string, param: Param): Conditions {
  const where: string[] = ["true"];
  if (!filter.all) where.push("m.kind = 'collected'");
  if (filter.before) where.push(`m.seq < ${param(filter.before)}`);
  if (filter.state) where.push(inState(filter.state, param));
  if (filter.reason) {
    const kind = param(filter.reason.replaceAll("\0", ""));
    where.push(`(m.reason_kind = ${kind} or ${recipientWith(`r.reason_kind = ${kind}`)})`);
  }
  // A day begins and ends in the tenant's zone, also where a clock change makes it 23 or 25 hours long.
  if (realDay(filter.from))
    where.push(`m.collected_at >= ${param(filter.from)}::date::timestamp at time zone ${param(zone)}`);
  if (realDay(filter.until))
    where.push(`m.collected_at < (${param(filter.until)}::date + 1)::timestamp at time zone ${param(zone)}`);
  const words = searchWords(filter.text ?? "");
  for (const word of words) where.push(found(word, param));
  const people = words.filter((word) => !word.not && (word.field === "any" || word.field === "to"));
  const wanted = people.map((one) => like(one.text));
  // A parameter only where it is used: Postgres refuses one that no statement names.
  return {
    where,
    asked: (column) => (wanted.length > 0 ? `${column} ilike any (${param(wanted)}::text[]) desc` : "1::int"),
  };
}

const recipientWith = (condition: string) =>
  `exists (select 1 from recipient r where r.tenant_id = m.tenant_id and r.mail_id = m.id and ${condition})`;

const like = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
const realDay = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

function found(word: SearchWord, param: Param): string {
  const part = () => param(like(word.text));
  const from = (one = part()) => `(m.sender ilike ${one} or m.header_from ilike ${one})`;
  const to = (one = part()) => recipientWith(`(r.address ilike ${one} or r.original ilike ${one})`);
  const subject = (one = part()) => `m.subject ilike ${one}`;
  const id = () => `m.message_id in (${param(word.text)}, ${param(`<${word.text}>`)})`;
  const one = (): string => {
    switch (word.field) {
      case "from":
        return from();
      case "to":
        return to();
      case "subject":
        return subject();
      case "id":
        return id();
      case "any": {
        const shared = part();
        return `(${from(shared)} or ${subject(shared)} or ${id()} or ${to(shared)})`;
      }
    }
  };
  return word.not ? `not ${one()}` : one();
}

function inState(state: ListState, param: Param): string {
  if (state === "uncertain") return "m.state = 'uncertain'";
  if (state === "duplicate") return "m.possible_copies > 0";
  // A mail that waits for one recipient may be in BADMAIL for another: both lists have it.
  const place = param(state);
  return `(m.place = ${place} or ${recipientWith(`r.place = ${place}`)})`;
}
