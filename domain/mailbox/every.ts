// Mailboxes of all tenants as the platform's people find them. SQL asks who the session's person is; changes go through the
// scope of each tenant, see many.ts.
import { z } from "zod";
import { plain } from "@/domain/message/plain";
import { hashOf } from "@/domain/person/token";
import type { Db } from "@/lib/db";
import { protocols } from "./schema";
import type { MailboxRow } from "./store";

export const everyStates = ["collecting", "failing", "paused", "stopped"] as const;

const words = (bound: number) =>
  z
    .string()
    .transform((text) => plain(text, bound))
    .optional();

export const everyFilter = z.strictObject({
  /** the whole name */
  host: words(253),
  protocol: z.enum(protocols).optional(),
  state: z.enum(everyStates).optional(),
  /** part of a tenant's name or short name */
  tenant: words(100),
  /** part of name, user name or host */
  text: words(200),
});
export type EveryFilter = z.output<typeof everyFilter>;

export interface EveryMailbox
  extends Pick<
    MailboxRow,
    "id" | "state" | "reason" | "collecting" | "lastPollAt" | "lastResult" | "lastNew" | "lastError" | "failingSince"
  > {
  slug: string;
  tenant: string;
  name: string;
  protocol: string;
  host: string;
  port: number;
  tls: string;
  certificate: string;
  username: string;
  pollSeconds: number;
}

export interface EveryPage {
  rows: EveryMailbox[];
  /** all that fit, not only those on this page */
  matching: number;
  /** where the next page begins */
  next: { slug: string; name: string } | null;
}

/** By tenant and name, page by page by key. */
export async function everyMailbox(
  db: Db,
  token: string,
  filter: EveryFilter,
  after: { slug: string; name: string } | null,
  limit: number,
): Promise<EveryPage> {
  const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
  const { rows } = await db.pool.query<EveryMailbox & { matching: number }>(
    `select slug, tenant, id, name, protocol, host, port, tls, certificate, username, poll_seconds as "pollSeconds", state,
       reason, collecting, last_poll_at as "lastPollAt", last_result as "lastResult", last_new as "lastNew", last_error as "lastError",
       failing_since as "failingSince", matching
     from portal_mailboxes($1, $2, $3, $4, $5)`,
    [hashOf(token), JSON.stringify(asked), after?.slug ?? "", after?.name ?? "", limit + 1],
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(({ matching: _all, ...row }) => row),
    matching: rows[0]?.matching ?? 0,
    next: rows.length > limit && last ? { slug: last.slug, name: last.name } : null,
  };
}

/** The hosts in use, those with most mailboxes first. */
export async function mailboxHosts(db: Db, token: string): Promise<{ host: string; mailboxes: number }[]> {
  const { rows } = await db.pool.query<{ host: string; mailboxes: number }>(
    "select host, mailboxes from portal_mailbox_hosts($1, 200)",
    [hashOf(token)],
  );
  return rows;
}
