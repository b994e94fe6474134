// What people see of a provider's incident: the platform's people who fails there and when the next signs in, a tenant only
// that it is not alone.
import { hashOf } from "@/domain/person/token";
import { inTenant, type TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";
import type { PollResult } from "./poll-result";

export interface OpenIncident {
  host: string;
  since: Date;
  /** who fails there now */
  tenants: number;
  mailboxes: number;
  /** when the next of them signs in, as the probe for all; null: none is due any more */
  nextSignIn: Date | null;
}

/** For so long customers are told nothing and their mailboxes take turns; then each is its own trouble again. */
export const quietMinutes = 60;

export const quietUntil = (since: Date): Date => new Date(since.getTime() + quietMinutes * 60_000);

/** Of all tenants, for people with a platform role; SQL asks who the session's person is. */
export async function openIncidents(db: Db, token: string): Promise<OpenIncident[]> {
  const { rows } = await db.pool.query<OpenIncident>(
    `select host, raised_at as since, tenants, mailboxes, next_sign_in as "nextSignIn" from portal_incidents($1)`,
    [hashOf(token)],
  );
  return rows;
}

/** Hosts at which this tenant's mailboxes fail together with those of many others, and nobody's works; since when. */
export type TroubledHosts = ReadonlyMap<string, Date>;

export const troubledHosts = (scope: TenantScope): Promise<TroubledHosts> =>
  inTenant(scope, async (tx) => {
    const rows = await tx.$queryRaw<{ host: string; since: Date }[]>`select host, since from portal_troubled_hosts()`;
    return new Map(rows.map(({ host, since }) => [host, since]));
  });

interface Failing {
  settings: { host: string };
  state: "active" | "paused" | "stopped";
  lastResult: PollResult | null;
  workedAt: Date | null;
}

export interface ProviderTrouble {
  since: Date;
  /** nothing for the tenant to do: not where the password that is saved never worked, nor after that hour */
  quiet: boolean;
  /** whole, for a title */
  sentence: string;
}

/** The provider's trouble that this mailbox shares; null: it works, or its trouble is its own. */
export function providerTrouble(
  row: Failing,
  hosts: TroubledHosts,
  clock: (at: Date) => string,
  now: Date,
): ProviderTrouble | null {
  const { host } = row.settings;
  const since = hosts.get(host);
  const fails = row.lastResult === "refused" || row.lastResult === "unreachable" || row.lastResult === "error";
  if (!since || !fails || row.state !== "active") return null;
  const sentence = `${host} has trouble with many of its customers since ${clock(since)}.`;
  return { since, quiet: row.workedAt !== null && now < quietUntil(since), sentence };
}

export const nothingToDo =
  "Your mail waits there, and Mailferry tries again by itself. There is nothing for you to do.";
export const notAlone = "So the fault is probably the provider’s; their own status page may say more.";
