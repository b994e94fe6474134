// All tenants that somebody may enter, as one look sees them: SQL asks who the session's person is, in one statement.
import type { Role } from "@/domain/access";
import { hashOf } from "@/domain/person/token";
import { sqlOf } from "@/domain/scope";
import { spacePause } from "@/domain/space/store";
import type { Db } from "@/lib/db";

export interface LaneSeen {
  host: string;
  port: number;
  state: "closed" | "open" | "half-open" | "paused";
  reason: string | null;
  since: Date;
  nextTryAt: Date | null;
  pacePerMinute: number | null;
  warning: string | null;
  certificateChanged: boolean;
}

/** Mailboxes of one kind of trouble; `name` is the one that is in it for longest. */
export interface TroubleSeen {
  kind: "stopped" | "provider" | "sign-in" | "unreachable";
  n: number;
  since: Date | null;
  name: string;
  mailbox: string;
  host: string;
}

export interface CertificateSeen {
  at: "mailbox" | "server";
  id: string;
  name: string;
  until: Date;
}

export interface TenantSeen {
  id: string;
  slug: string;
  name: string;
  site: string;
  timeZone: string;
  state: "active" | "closed";
  closedAt: Date | null;
  role: Role;
  /** whether a worker of its site beats, and when the last one did */
  served: boolean;
  workerSeen: Date | null;
  /** nobody collects now: the database has too little room */
  noRoomSince: Date | null;
  collectedEver: boolean;
  /** mails collected in the last hour; bounded, like all counts here */
  lastHour: number;
  waiting: number;
  held: number;
  badmail: number;
  oldestWaiting: Date | null;
  newestHeld: Date | null;
  newestBadmail: Date | null;
  lane: LaneSeen | null;
  /** those that are set up to their end */
  mailboxes: number;
  paused: number;
  /** the last look into a mailbox that went well, where anything was ever collected */
  lastCollected: Date | null;
  troubled: TroubleSeen[];
  /** due for more than five minutes and not polled */
  late: number;
  lateSince: Date | null;
  certificates: CertificateSeen[];
}

/** Counts end here: one more means "more than". */
export const mostPerHour = 1000;
export const mostCounted = 10_000;
/** More tenants than one page can be about: then search is asked for. */
export const mostTenants = 2000;

type Row = Omit<TenantSeen, "lane" | "troubled" | "certificates" | "noRoomSince"> & {
  lane: Dated<LaneSeen> | null;
  troubled: Dated<TroubleSeen>[] | null;
  certificates: Dated<CertificateSeen>[] | null;
};
/** As JSON carries it. */
type Dated<T> = {
  [Key in keyof T]: T[Key] extends Date ? string : T[Key] extends Date | null ? string | null : T[Key];
};

export async function tenantsSeen(
  db: Db,
  token: string,
  search = "",
): Promise<{ tenants: TenantSeen[]; more: boolean }> {
  const [{ rows }, pause] = await Promise.all([
    db.pool.query<Row>(
      `select id, slug, name, site, time_zone as "timeZone", state, closed_at as "closedAt", role, served,
       worker_seen as "workerSeen", collected_ever as "collectedEver", last_hour as "lastHour", waiting, held, badmail,
       oldest_waiting as "oldestWaiting", newest_held as "newestHeld", newest_badmail as "newestBadmail", lane, mailboxes,
       paused, case when collected_ever then last_poll end as "lastCollected", troubled, late, late_since as "lateSince", certificates
     from portal_overview($1, $2, $3)`,
      [hashOf(token), search.replaceAll("\0", "").slice(0, 100), mostTenants + 1],
    ),
    spacePause(sqlOf(db.pool)),
  ]);
  const tenants = rows.slice(0, mostTenants).map((row) => seenOf(row, pause?.since ?? null));
  return { tenants, more: rows.length > mostTenants };
}

const date = (text: string | null): Date | null => (text ? new Date(text) : null);

const seenOf = ({ lane, troubled, certificates, ...row }: Row, noRoomSince: Date | null): TenantSeen => ({
  ...row,
  noRoomSince,
  lane: lane && { ...lane, since: new Date(lane.since), nextTryAt: date(lane.nextTryAt) },
  troubled: (troubled ?? []).map((one) => ({ ...one, since: date(one.since) })),
  certificates: (certificates ?? []).map((one) => ({ ...one, until: new Date(one.until) })),
});
