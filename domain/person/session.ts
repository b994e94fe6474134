// Sessions are rows, read on every request by portal_session: ending the row, disabling the person or changing the role
// acts at once. The cookie's JWT carries a random token and nothing else.
import type { Role } from "@/domain/access";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { passwordMatches } from "./password";
import {
  accountKey,
  accountRule,
  addressKey,
  addressRule,
  countTry,
  forgetTries,
  returnTry,
  waitWords,
} from "./throttle";
import { hashOf, newToken } from "./token";

export const sessionDays = 7;

export interface Person {
  sessionId: string;
  personId: string;
  email: string;
  /** never empty: the e-mail address where no name was given */
  name: string;
  platformRole: Role | null;
  /** when they last proved who they are: for what asks for a fresh sign-in */
  confirmedAt: Date;
  factors: Factors;
  /** their role needs a second factor, and there is none: nothing but setting one up is open to them */
  needsFactor: boolean;
}

/** What a person has beside the password. */
export interface Factors {
  /** an authenticator app that shows codes */
  code: boolean;
  passkeys: number;
  recoveryCodes: number;
}

/**
 * How a session began; stored with it. What was proved last: `code` and `recovery` come after a password or a link, `passkey`
 * after one of those or alone.
 */
export type SignInMethod = "password" | "link" | "code" | "recovery" | "passkey";

export interface Visitor {
  address: string;
  agent: string;
}

/** One sentence for all that can be wrong, so that it tells nobody who exists. */
const wrong = "Email or password is not right. Check both and try again.";

/** Proves the password; throws Refusal. Answers whose it is: what comes next is begin.ts. */
export async function signIn(
  db: Db,
  given: { email: string; password: string },
  visitor: Visitor,
  now: Date,
): Promise<string> {
  const personId = await provePassword(db, given, visitor, now);
  if (!personId) throw new Refusal(wrong);
  return personId;
}

/** Whose password it is; null when it is nobody's. Takes the same time either way. Throws Refusal after too many tries. */
export async function provePassword(
  db: Db,
  given: { email: string; password: string },
  visitor: Visitor,
  now: Date,
): Promise<string | null> {
  const email = given.email.trim().toLowerCase().slice(0, 254);
  const { rows } = await db.pool.query<{ id: string; password_hash: string | null; known: boolean }>(
    `select p.id, p.password_hash,
       exists (select 1 from session s where s.person_id = p.id and s.address = $2
         and s.created_at > $3::timestamptz - interval '30 days') as known
     from person p where p.email = $1 and p.disabled_at is null`,
    [email, addressKey(visitor.address), now],
  );
  const found = rows[0];
  const address = addressKey(visitor.address);
  const account = accountKey(email, found?.known ? address : null);
  await throttled(db, address, account, now);
  const matches = await passwordMatches(found?.password_hash ?? null, given.password.slice(0, 257));
  if (!found || !matches) return null;
  await forgetTries(db, account);
  await returnTry(db, address);
  return found.id;
}

async function throttled(db: Db, address: string, account: string, now: Date): Promise<void> {
  const until = (await countTry(db, address, addressRule, now)) ?? (await countTry(db, account, accountRule, now));
  if (until) throw new Refusal(`Too many tries. Try again ${waitWords(until, now)}.`);
}

/** For somebody who proved all that they have; the token goes into the cookie. */
export async function beginSession(
  db: Db,
  personId: string,
  visitor: Visitor,
  now: Date,
  method: SignInMethod = "password",
): Promise<string> {
  const token = newToken();
  await db.pool.query(
    `insert into session (token_hash, person_id, created_at, last_seen_at, confirmed_at, expires_at, address, agent, method)
     values ($1, $2, $3, $3, $3, $3::timestamptz + make_interval(days => $4), $5, $6, $7)`,
    [
      hashOf(token),
      personId,
      now,
      sessionDays,
      addressKey(visitor.address),
      visitor.agent.replaceAll("\0", "").slice(0, 200),
      method,
    ],
  );
  return token;
}

export async function readSession(db: Db, token: string): Promise<Person | null> {
  const { rows } = await db.pool.query<{
    session_id: string;
    person_id: string;
    email: string;
    name: string;
    platform_role: Role | null;
    confirmed_at: Date;
    code: boolean;
    passkeys: number;
    recovery_codes: number;
    needs_factor: boolean;
  }>("select * from portal_who($1)", [hashOf(token)]);
  const row = rows[0];
  if (!row) return null;
  return {
    sessionId: row.session_id,
    personId: row.person_id,
    email: row.email,
    name: row.name || row.email,
    platformRole: row.platform_role,
    confirmedAt: row.confirmed_at,
    factors: { code: row.code, passkeys: row.passkeys, recoveryCodes: row.recovery_codes },
    needsFactor: row.needs_factor,
  };
}

export async function endSession(db: Db, token: string): Promise<void> {
  await db.pool.query("update session set ended_at = now() where token_hash = $1 and ended_at is null", [
    hashOf(token),
  ]);
}
