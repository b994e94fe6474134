// A forgotten password: a link by mail, for whoever holds the mailbox. Anybody may ask for any address, and nothing tells
// whether somebody has it: the same words, and what depends on it is done after the answer.
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { makeLink } from "./link";
import type { Visitor } from "./session";
import { accountKey, addressKey, countTry, waitWords } from "./throttle";

/** Before the answer. Counts alike whether or not there is such an address. */
export async function countForgotten(db: Db, email: string, visitor: Visitor, now: Date): Promise<void> {
  const until =
    (await countTry(db, `forgotten:${addressKey(visitor.address)}`, { free: 10, longest: 300 }, now)) ??
    (await countTry(db, `forgotten:${accountKey(email, null)}`, { free: 3, longest: 600 }, now));
  if (until) throw new Refusal(`Too many tries. Try again ${waitWords(until, now)}.`);
}

/** After the answer: the link and its letter, where there is somebody. Who has no password yet is invited again. */
export async function mailForgotten(db: Db, email: string, now: Date): Promise<void> {
  await sqlTransaction(db.pool, async (sql) => {
    const [person] = await sql.query<{ id: string; set: boolean }>(
      `select id, password_hash is not null as set from person where email = $1 and disabled_at is null for update`,
      [email],
    );
    if (!person) return;
    await makeLink(sql, { personId: person.id, kind: person.set ? "reset" : "invitation", seenIn: null }, now);
    await sql.query(
      "insert into platform_audit (person_id, who, action, target) values ($1::uuid, $2, 'person.forgotten', $2)",
      [person.id, email],
    );
  });
}

/** Whether a worker that beats has an outgoing server and knows the portal's address: else no letter goes out. */
export async function lettersGoOut(db: Db): Promise<boolean> {
  const { rows } = await db.pool.query<{ mails: boolean }>(
    `select exists (select 1 from worker where beat_at > now() - interval '2 minutes' and not stopping
       and facts ->> 'letters' = 'true') as mails`,
  );
  return rows[0]?.mails === true;
}
