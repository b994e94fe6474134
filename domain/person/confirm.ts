// Proving again who is there: a session becomes fresh, or a password is changed. Slowed down as a sign-in is.
import { type Sql, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { endLinks } from "./link";
import { hashPassword, passwordFault } from "./password";
import { type Person, provePassword, type Visitor } from "./session";

const oneField = "One field needs a change. Nothing was saved.";

/** From now on this session counts as fresh. */
export async function markFresh(db: Db, sessionId: string, now: Date): Promise<void> {
  await db.pool.query("update session set confirmed_at = $2::timestamptz where id = $1::uuid and ended_at is null", [
    sessionId,
    now,
  ]);
}

/** The person's password, given again. Throws a Refusal for the field `field`. */
export async function proveOwnPassword(
  db: Db,
  person: Person,
  password: string,
  visitor: Visitor,
  now: Date,
  field = "password",
): Promise<void> {
  const proved = await provePassword(db, { email: person.email, password }, visitor, now);
  if (proved !== person.personId) throw new Refusal(oneField, { [field]: "This is not your password. Type it again." });
}

export interface PasswordChange {
  present: string;
  password: string;
}

/** Sets a new password by the present one. All other sessions and all links sent out so far end. Answers how many ended. */
export async function changeOwnPassword(
  db: Db,
  person: Person,
  given: PasswordChange,
  visitor: Visitor,
  now: Date,
): Promise<number> {
  await proveOwnPassword(db, person, given.present, visitor, now, "present");
  const fault = passwordFault(given.password, person) ?? sameFault(given);
  if (fault) throw new Refusal(oneField, { password: fault });
  const hash = await hashPassword(given.password);
  return sqlTransaction(db.pool, async (sql) => {
    const ended = await setPassword(sql, person, hash, now);
    await sql.query(
      "insert into platform_audit (person_id, who, action, target) values ($1::uuid, $2, 'person.password', $3)",
      [person.personId, person.name, person.email],
    );
    return ended;
  });
}

const sameFault = ({ present, password }: PasswordChange) =>
  present === password ? "Password is the one you have. Choose another." : null;

async function setPassword(sql: Sql, person: Person, hash: string, now: Date): Promise<number> {
  await sql.query("update person set password_hash = $2, password_seen_in = null where id = $1::uuid", [
    person.personId,
    hash,
  ]);
  await endLinks(sql, person.personId, now);
  await sql.query("delete from sign_in where person_id = $1::uuid", [person.personId]);
  const ended = await sql.query(
    `update session set ended_at = $2::timestamptz
     where person_id = $1::uuid and ended_at is null and id <> $3::uuid and expires_at > $2::timestamptz
       and last_seen_at > $2::timestamptz - interval '12 hours' returning 1`,
    [person.personId, now, person.sessionId],
  );
  await sql.query("update session set confirmed_at = $2::timestamptz where id = $1::uuid", [person.sessionId, now]);
  return ended.length;
}
