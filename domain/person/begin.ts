// What comes of a proved password or link: a session, or for who has a second factor a sign-in that waits for it. The one
// place that decides so, for the sign-in page and for one-time links.
import type { Db } from "@/lib/db";
import { beginHalf } from "./half-sign-in";
import { beginSession, type SignInMethod, signIn, type Visitor } from "./session";

export type Begun = { kind: "session"; token: string } | { kind: "second-factor"; token: string };

export const signInByPassword = async (
  db: Db,
  given: { email: string; password: string },
  visitor: Visitor,
  now: Date,
): Promise<Begun> => begin(db, await signIn(db, given, visitor, now), visitor, now, "password");

export async function begin(
  db: Db,
  personId: string,
  visitor: Visitor,
  now: Date,
  method: SignInMethod,
): Promise<Begun> {
  const { rows } = await db.pool.query<{ has: boolean }>(
    `select exists (select 1 from totp where person_id = $1::uuid and confirmed_at is not null)
       or exists (select 1 from passkey where person_id = $1::uuid) as has`,
    [personId],
  );
  return rows[0]?.has
    ? { kind: "second-factor", token: await beginHalf(db, personId, now) }
    : { kind: "session", token: await beginSession(db, personId, visitor, now, method) };
}
