// Sessions that died with their worker. A mail that kills whoever fetches it must not do so for ever: after a death mails
// are fetched one by one, each written down before, so that the next death has a name.
import type { Sql } from "@/domain/scope";
import { type ClaimedMailbox, LeaseLost } from "./claim";

/** The first death has no name, the second and third have: then the mail is set aside. */
const deathsInAll = 3;
const deathsByName = 2;
/** So many are remembered: where another mail is hit each time, none of them is a killer. */
const suspectsKept = 20;

type Facts = Pick<ClaimedMailbox, "facts">;

/** Sessions in a row that ended without a word, as the claim counted them. */
export const deathsOf = ({ facts }: Facts): number => (typeof facts.died === "number" ? facts.died : 0);

/** How often sessions died while they fetched the mail of this name, since the last that came to its end. */
export function diedAt({ facts: { suspects } }: Facts, name: string): number {
  if (typeof suspects !== "object" || suspects === null || !Object.hasOwn(suspects, name)) return 0;
  const times: unknown = Reflect.get(suspects, name);
  return typeof times === "number" ? times : 0;
}

export const killsWorkers = (claimed: Facts, name: string): boolean =>
  deathsOf(claimed) >= deathsInAll && diedAt(claimed, name) >= deathsByName;

/**
 * What a session fetches: at most so many, and behind them those that were being fetched when a worker died. A killer then kills
 * again behind the others; one that was only there when something else ended the worker, which may well end the next one
 * too, isn't hit a second time.
 */
export function forSession<One>(
  claimed: Facts,
  wanted: readonly One[],
  most: number,
  nameOf: (one: One) => string,
): One[] {
  const times = (one: One) => diedAt(claimed, nameOf(one));
  const suspects = wanted.filter((one) => times(one) > 0).toSorted((a, b) => times(a) - times(b));
  return [...wanted.filter((one) => times(one) === 0).slice(0, most), ...suspects];
}

/** What a session that was cut leaves of this to the next one. */
export function deathFacts({ facts: { died, suspects } }: Facts): Record<string, unknown> {
  return died === undefined ? {} : { died, suspects };
}

/** Written before the fetch, for whoever comes after a death. Throws LeaseLost. */
export async function noteFetching(sql: Sql, claimed: ClaimedMailbox, name: string): Promise<void> {
  const others = Object.keys(claimed.facts.suspects ?? {})
    .filter((other) => other !== name)
    .map((other) => [other, diedAt(claimed, other)] as const)
    .toSorted(([, a], [, b]) => b - a);
  const suspects = Object.fromEntries([[name, diedAt(claimed, name) + 1], ...others.slice(0, suspectsKept - 1)]);
  const rows = await sql.query(
    `update mailbox_state set facts = facts || jsonb_build_object('suspects', $4::jsonb)
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid returning 1`,
    [claimed.tenantId, claimed.mailboxId, claimed.token, JSON.stringify(suspects)],
  );
  if (rows.length === 0) throw new LeaseLost();
}
