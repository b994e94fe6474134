// A forgotten password: a link by mail, for whoever holds the mailbox. Anybody may ask for any address, and nothing tells
// whether somebody has it: the same words, and what depends on it is done after the answer.
import { postLetter } from "@/domain/letter/post";
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { type LinkKind, pathOf } from "./link";
import type { Visitor } from "./session";
import { accountKey, addressKey, countTry, waitWords } from "./throttle";
import { hashOf, newToken } from "./token";

/** Before the answer. Counts alike whether or not there is such an address. */
export async function countForgotten(db: Db, email: string, visitor: Visitor, now: Date): Promise<void> {
  const until =
    (await countTry(db, `forgotten:${addressKey(visitor.address)}`, { free: 10, longest: 300 }, now)) ??
    (await countTry(db, `forgotten:${accountKey(email, null)}`, { free: 3, longest: 600 }, now));
  if (until) throw new Refusal(`Too many tries. Try again ${waitWords(until, now)}.`);
}

/**
 * After the answer: the link and its letter, where letters go out and there is somebody. Who has no password yet is invited
 * again. SQL decides, so that no bug of the portal makes such links otherwise, and the database's clock says how long it works.
 */
export async function mailForgotten(db: Db, email: string): Promise<void> {
  const token = newToken();
  await sqlTransaction(db.pool, async (sql) => {
    const [made] = await sql.query<{ kind: LinkKind }>("select kind from portal_forgotten_link($1, $2)", [
      email,
      hashOf(token),
    ]);
    if (made) await postLetter(sql, { kind: made.kind, to: email, path: pathOf(token) });
  });
}

/** Whether the page offers it: a worker has to mail links. */
export async function lettersGoOut(db: Db): Promise<boolean> {
  const { rows } = await db.pool.query<{ mails: boolean }>("select portal_letters_go_out() as mails");
  return rows[0]?.mails === true;
}
