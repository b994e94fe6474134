// Slows down guessing: each key (an account, an address) has a delay that grows with its tries and is forgotten after ten
// quiet minutes. Nobody is locked out: where a person signed in before, others' tries at the account don't count.
import ipaddr from "ipaddr.js";
import type { Db } from "@/lib/db";
import { hashOf } from "./token";

export interface ThrottleRule {
  /** tries that pass without any delay */
  free: number;
  /** the longest delay, in seconds */
  longest: number;
}
export const accountRule: ThrottleRule = { free: 5, longest: 60 };
export const addressRule: ThrottleRule = { free: 30, longest: 300 };

export const accountKey = (email: string, knownAddress: string | null): string =>
  `account:${hashOf(email.toLowerCase()).toString("hex").slice(0, 32)}${knownAddress ? `@${knownAddress}` : ""}`;

/** IPv4 whole, IPv6 by its /64: a household has 2^64 of those. */
export function addressKey(text: string): string {
  if (!ipaddr.isValid(text)) return "address:unknown";
  const address = ipaddr.process(text);
  if (address.kind() === "ipv4") return `address:${address.toString()}`;
  return `address:${address.toNormalizedString().split(":").slice(0, 4).join(":")}::/64`;
}

/** Counts this try before it is made, in one statement, so that a thousand at once are counted too. Null: go on. */
export async function countTry(db: Db, key: string, rule: ThrottleRule, now: Date): Promise<Date | null> {
  const passed = await db.pool.query(
    `insert into throttle as t (key, count, window_start, next_at) values ($1, 1, $2, $2)
     on conflict (key) do update set
       count = case when t.next_at < $2::timestamptz - interval '10 minutes' then 1 else t.count + 1 end,
       window_start = case when t.next_at < $2::timestamptz - interval '10 minutes' then $2 else t.window_start end,
       next_at = case
         when t.next_at < $2::timestamptz - interval '10 minutes' or t.count + 1 <= $3::int then $2::timestamptz
         else $2::timestamptz + make_interval(secs => least($4::float8, power(2, least(t.count - $3::int, 20)))) end
     where t.next_at <= $2
     returning count`,
    [key, now, rule.free, rule.longest],
  );
  if (passed.rowCount) return null;
  const { rows } = await db.pool.query<{ next_at: Date }>("select next_at from throttle where key = $1", [key]);
  return rows[0]?.next_at ?? null;
}

/** The account's owner is in: its tries are forgotten. */
export async function forgetTries(db: Db, key: string): Promise<void> {
  await db.pool.query("delete from throttle where key = $1", [key]);
}

/** Gives one try back, for an address that just proved to be a person's. */
export async function returnTry(db: Db, key: string): Promise<void> {
  await db.pool.query("update throttle set count = greatest(count - 1, 0) where key = $1", [key]);
}

/** "in 8 seconds", "in 2 minutes" */
export function waitWords(until: Date, now: Date): string {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  if (seconds < 90) return `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}
