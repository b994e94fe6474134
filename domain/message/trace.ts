// The same search over all tenants, for people of the platform. SQL asks who holds the session (migrations 0180 and 0253).
import { rowsPerPage } from "@/domain/page-size";
import { hashOf } from "@/domain/person/token";
import type { Sql } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { inTime } from "./in-time";
import type { MailRow } from "./search";
import { askedPeople, type MailFilter, pageOf, searchAsk, searchedBackTo } from "./search-ask";

export type TraceRow = Omit<MailRow, "reasonKind" | "attempts" | "nextAttemptAt" | "mailbox"> & {
  slug: string;
  tenant: string;
};

/** Throws TooLong. `backTo` as in searchMails. */
export function traceMails(db: Db, token: string, filter: MailFilter, zone: string, limit = rowsPerPage) {
  const ask = JSON.stringify(searchAsk(filter, zone, limit + 1));
  return inTime(db, async (sql) => {
    const rows = await tracedRows(sql, [hashOf(token), ask, askedPeople(filter.words)]);
    return pageOf(rows, limit, await searchedBackTo(sql));
  });
}

const tracedRows = (sql: Sql, values: unknown[]): Promise<TraceRow[]> =>
  sql.query<TraceRow>(
    `select slug, tenant, id, seq::float8 as seq, kind, place, state, reason, sender, header_from as "from", subject,
       size::float8 as size, collected_at as "collectedAt", possible_copies as "possibleCopies", recipients,
       recipient_count as "recipientCount", places, last_code as "lastCode", last_words as "lastWords"
     from portal_trace($1, $2::jsonb, $3::text[])`,
    values,
  );

export interface BlindMailbox {
  slug: string;
  tenant: string;
  id: string;
  name: string;
  state: "active" | "paused" | "stopped";
  reason: string | null;
  lastPollAt: Date | null;
  failingSince: Date | null;
  lastError: string | null;
}

export interface Blind {
  mailboxes: number;
  /** of the mailboxes that are being collected, the one that was looked into the longest ago */
  oldestPollAt: Date | null;
  /** where a mail could be that was never seen: nobody looks there now */
  blind: BlindMailbox[];
}

/** What can be said of a mail that no tenant's mailbox brought. Throws TooLong. */
export async function blindMailboxes(db: Db, token: string, limit = 12): Promise<Blind> {
  const rows = await inTime(db, (sql) => blindRows(sql, [hashOf(token), limit]));
  const blind = rows.filter(({ id }) => id !== null).map(({ all: _all, oldest: _oldest, ...row }) => row);
  return { mailboxes: rows[0]?.all ?? 0, oldestPollAt: rows[0]?.oldest ?? null, blind };
}

const blindRows = (sql: Sql, values: unknown[]) =>
  sql.query<BlindMailbox & { all: number; oldest: Date | null }>(
    `select slug, tenant, mailbox_id as id, name, state, reason, last_poll_at as "lastPollAt",
       failing_since as "failingSince", last_error as "lastError", all_mailboxes as "all", oldest_poll as oldest
     from portal_blind_mailboxes($1, $2)`,
    values,
  );
