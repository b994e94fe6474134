// A person's own sessions: what they see of them, and how they end them. Every statement names the person, so that another
// person's session is not found.
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { deviceWords } from "./device";
import type { SignInMethod } from "./session";

export interface OwnSession {
  id: string;
  /** the one that asks */
  here: boolean;
  device: string;
  address: string;
  /** how it began, in words */
  method: string;
  since: Date;
  lastUsed: Date;
}

const open = `ended_at is null and expires_at > $2::timestamptz and last_seen_at > $2::timestamptz - interval '12 hours'`;

/** Those that still let somebody in: this one first, then the last used. */
export async function listOwnSessions(
  db: Db,
  me: { personId: string; sessionId: string },
  now: Date,
): Promise<OwnSession[]> {
  const { rows } = await db.pool.query<{
    id: string;
    agent: string;
    address: string;
    method: SignInMethod;
    created: Date;
    seen: Date;
  }>(
    `select id, agent, address, method, created_at as created, last_seen_at as seen from session
     where person_id = $1::uuid and ${open} order by (id = $3::uuid) desc, last_seen_at desc, id limit 100`,
    [me.personId, now, me.sessionId],
  );
  return rows.map(({ id, agent, address, method, created, seen }) => ({
    id,
    here: id === me.sessionId,
    device: deviceWords(agent),
    address: addressWords(address),
    method: methodWords[method],
    since: created,
    lastUsed: seen,
  }));
}

export interface SignInBefore {
  at: Date;
  device: string;
  address: string;
}

/** The sign-in before this session's, as far as it is remembered: ended sessions are kept for a week. */
export async function signInBefore(db: Db, me: { personId: string; sessionId: string }): Promise<SignInBefore | null> {
  const { rows } = await db.pool.query<{ at: Date; agent: string; address: string }>(
    `select s.created_at as at, s.agent, s.address from session s
     where s.person_id = $1::uuid and s.created_at < (select created_at from session where id = $2::uuid)
     order by s.created_at desc limit 1`,
    [me.personId, me.sessionId],
  );
  const row = rows[0];
  return row ? { at: row.at, device: deviceWords(row.agent), address: addressWords(row.address) } : null;
}

/** Ends one. One that ended meanwhile is no fault: it is what was wanted. */
export async function endOwnSession(db: Db, personId: string, sessionId: string, now: Date): Promise<void> {
  const { rowCount } = await db.pool.query(
    `update session set ended_at = coalesce(ended_at, $3::timestamptz) where id = $2::uuid and person_id = $1::uuid`,
    [personId, sessionId, now],
  );
  if (!rowCount) throw new Refusal("There is no such session any more. Reload the page.");
}

/** Ends all but one, or all. Answers how many ended. */
export async function endOwnSessions(db: Db, personId: string, but: string | null, now: Date): Promise<number> {
  const { rowCount } = await db.pool.query(
    `update session set ended_at = $2::timestamptz
     where person_id = $1::uuid and ended_at is null and id is distinct from $3::uuid`,
    [personId, now, but],
  );
  return rowCount ?? 0;
}

/** No more than is known: a code may have followed a link instead of the password, and a passkey either or nothing. */
const methodWords: Record<SignInMethod, string> = {
  password: "with the password",
  link: "with a link",
  code: "with a second factor (code)",
  recovery: "with a second factor (recovery code)",
  passkey: "with a passkey",
};

/** Stored as the throttle's key. */
const addressWords = (key: string): string => {
  const text = key.replace(/^address:/, "");
  return text === "" || text === "unknown" ? "an unknown address" : text;
};
