// One-time links: an invitation sets the first password (7 days), a reset a new one (1 hour). The database holds the
// token's hash; each works once. Making one, and using one, makes all others of that person useless. Links that somebody asked
// for who forgot the password (forgotten.ts) end one another only: anybody can ask, and must not end what an administrator made.
import { postLetter } from "@/domain/letter/post";
import { type Sql, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { type Begun, begin } from "./begin";
import { hashPassword, passwordFault } from "./password";
import type { Visitor } from "./session";
import { addressKey, addressRule, countTry, waitWords } from "./throttle";
import { hashOf, isToken, newToken } from "./token";

export type LinkKind = "invitation" | "reset";
const hours: Record<LinkKind, number> = { invitation: 168, reset: 1 };

export interface MadeLink {
  kind: LinkKind;
  /** below the portal's address */
  path: string;
  expiresAt: Date;
}

export interface NewLink {
  personId: string;
  kind: LinkKind;
  /** the tenant whose administrator sees the link and could use it; null: only the provider and the person do */
  seenIn: string | null;
}

/** Makes a link inside the caller's transaction, and a letter with it; who may do so is the caller's to check. */
export async function makeLink(sql: Sql, { personId, kind, seenIn }: NewLink, now: Date): Promise<MadeLink> {
  await endLinks(sql, personId, now);
  const token = newToken();
  const expiresAt = new Date(now.getTime() + hours[kind] * 3_600_000);
  await sql.query(
    `insert into one_time_link (person_id, kind, token_hash, created_at, expires_at, seen_in)
     values ($1::uuid, $2, $3, $4::timestamptz, $5::timestamptz, $6::uuid)`,
    [personId, kind, hashOf(token), now, expiresAt, seenIn],
  );
  const path = pathOf(token);
  const [person] = await sql.query<{ email: string }>("select email from person where id = $1::uuid", [personId]);
  if (person) await postLetter(sql, { kind, to: person.email, path });
  return { kind, path, expiresAt };
}

/** Below the portal's address. */
export const pathOf = (token: string): string => `/invitation/${token}`;

/** What was sent out so far opens nothing any more. */
export async function endLinks(sql: Sql, personId: string, now: Date): Promise<void> {
  await sql.query("update one_time_link set used_at = $2::timestamptz where person_id = $1::uuid and used_at is null", [
    personId,
    now,
  ]);
}

export interface OpenLink {
  kind: LinkKind;
  email: string;
  name: string;
  expiresAt: Date;
}

/** Whom a link is for; null when it was used, is too old or never was. */
export async function readLink(db: Db, token: string, now: Date): Promise<OpenLink | null> {
  if (!isToken(token)) return null;
  const { rows } = await db.pool.query<OpenLink>(
    `select l.kind, p.email, p.name, l.expires_at as "expiresAt" from one_time_link l join person p on p.id = l.person_id
     where l.token_hash = $1 and l.used_at is null and l.expires_at > $2 and p.disabled_at is null`,
    [hashOf(token), now],
  );
  return rows[0] ?? null;
}

const gone = "This link was used already or is too old. Ask the person who sent it for a new one.";

/** Uses the link up: sets the password, ends all sessions and links, signs in. A second factor is asked for all the same. */
export async function redeemLink(
  db: Db,
  given: { token: string; name: string; password: string },
  visitor: Visitor,
  now: Date,
): Promise<Begun> {
  const until = await countTry(db, addressKey(visitor.address), addressRule, now);
  if (until) throw new Refusal(`Too many tries. Try again ${waitWords(until, now)}.`);
  const link = await readLink(db, given.token, now);
  if (!link) throw new Refusal(gone);
  const fault = passwordFault(given.password, { email: link.email, name: given.name });
  if (fault) throw new Refusal("One field needs a change. Nothing was saved.", { password: fault });
  const hash = await hashPassword(given.password);
  const id = await sqlTransaction(db.pool, async (sql) => {
    // The person before the link, as whoever gives them a role elsewhere locks them.
    await sql.query(
      `select 1 from person p join one_time_link l on l.person_id = p.id where l.token_hash = $1 for update of p`,
      [hashOf(given.token)],
    );
    const [person] = await sql.query<{ id: string }>(
      `with used as (
         update one_time_link set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
         returning person_id, seen_in
       ), ended as (
         update session set ended_at = $2 from used where session.person_id = used.person_id and ended_at is null
       ), halves as (
         delete from sign_in using used where sign_in.person_id = used.person_id
       ), noted as (
         insert into platform_audit (person_id, who, action, target)
         select p.id, p.email, 'person.password', p.email from used join person p on p.id = used.person_id
       )
       update person set password_hash = $3, password_seen_in = used.seen_in,
         name = case when $4 = '' then name else $4 end
       from used where person.id = used.person_id and disabled_at is null returning person.id`,
      [hashOf(given.token), now, hash, given.name],
    );
    if (person) await endLinks(sql, person.id, now);
    return person?.id;
  });
  if (!id) throw new Refusal(gone);
  return begin(db, id, visitor, now, "link");
}
