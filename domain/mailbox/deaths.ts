// Sessions that died with their worker. A mail that kills whoever fetches it must not do so for ever: after a death mails
// are fetched one by one, each written down before, so that the next death has a name.
import type { Sql } from "@/domain/scope";
import { type ClaimedMailbox, LeaseLost } from "./claim";

/** The first death has no name, the second and third have: then the mail is set aside. */
const deathsInAll = 3;
const deathsByName = 2;

/** Sessions in a row that ended without a word, as the claim counted them. */
export const deathsOf = ({ facts }: Pick<ClaimedMailbox, "facts">): number =>
  typeof facts.died === "number" ? facts.died : 0;

/** How often in a row sessions died while they fetched the mail of this name. */
export const diedAt = ({ facts }: Pick<ClaimedMailbox, "facts">, name: string): number =>
  facts.fetching === name && typeof facts.fetchingTimes === "number" ? facts.fetchingTimes : 0;

export const killsWorkers = (claimed: Pick<ClaimedMailbox, "facts">, name: string): boolean =>
  deathsOf(claimed) >= deathsInAll && diedAt(claimed, name) >= deathsByName;

/** What a session that was cut leaves of this to the next one. */
export function deathFacts({ facts }: Pick<ClaimedMailbox, "facts">): Record<string, unknown> {
  const { died, fetching, fetchingTimes } = facts;
  return died === undefined ? {} : { died, fetching, fetchingTimes };
}

/** Written before the fetch, for whoever comes after a death. */
export async function noteFetching(sql: Sql, claimed: ClaimedMailbox, name: string): Promise<void> {
  const rows = await sql.query(
    `update mailbox_state set facts = facts || jsonb_build_object('fetching', $4::text, 'fetchingTimes', $5::int)
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid returning 1`,
    [claimed.tenantId, claimed.mailboxId, claimed.token, name, diedAt(claimed, name) + 1],
  );
  if (rows.length === 0) throw new LeaseLost();
}
