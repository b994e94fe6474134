// A sign-in that waits for its second factor: the password (or a link) is proved, and nothing is open yet. A row of its own
// and no session, so that nothing that reads sessions can take it for one.
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { beginSession, type SignInMethod, type Visitor } from "./session";
import { hashOf, isToken, newToken } from "./token";

const minutes = 10;

export async function beginHalf(db: Db, personId: string, now: Date): Promise<string> {
  const token = newToken();
  await db.pool.query(
    `insert into sign_in (token_hash, person_id, created_at, expires_at)
     values ($1, $2::uuid, $3, $3::timestamptz + make_interval(mins => $4))`,
    [hashOf(token), personId, now, minutes],
  );
  return token;
}

export interface HalfSignIn {
  token: string;
  personId: string;
  email: string;
  /** an authenticator app is set up */
  code: boolean;
  passkeys: number;
}

/** Null when it was finished, is too old or never was. */
export async function readHalf(db: Db, token: string, now: Date): Promise<HalfSignIn | null> {
  if (!isToken(token)) return null;
  const { rows } = await db.pool.query<HalfSignIn>(
    `select $3::text as token, p.id as "personId", p.email,
       exists (select 1 from totp t where t.person_id = p.id and t.confirmed_at is not null) as code,
       (select count(*)::int from passkey k where k.person_id = p.id) as passkeys
     from sign_in i join person p on p.id = i.person_id
     where i.token_hash = $1 and i.used_at is null and i.expires_at > $2 and p.disabled_at is null`,
    [hashOf(token), now, token],
  );
  return rows[0] ?? null;
}

/** The second factor is proved: the one session that comes of it. */
export async function finishHalf(
  db: Db,
  half: HalfSignIn,
  visitor: Visitor,
  now: Date,
  method: SignInMethod,
): Promise<string> {
  const { rowCount } = await db.pool.query(
    "update sign_in set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2",
    [hashOf(half.token), now],
  );
  if (!rowCount) throw new Refusal("This sign-in took too long. Begin again with your password.");
  return beginSession(db, half.personId, visitor, now, method);
}
