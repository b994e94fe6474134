// Letters, the worker's half: each is claimed by one worker, sent at most once, and gone when the server took it.
import { raiseAlert } from "@/domain/alert/store";
import type { Db } from "@/lib/db";

export interface Letter {
  id: string;
  kind: "invitation" | "reset";
  to: string;
  keyId: string;
  sealed: Uint8Array;
  /** this try counted */
  tries: number;
  /** an earlier try has no end: the mail may have been sent, so it is not sent again */
  cut: boolean;
}

/** Pauses after a refusal, in minutes. A reset's link lasts an hour, so all its tries fit in there. */
const pauses: Record<Letter["kind"], readonly number[]> = { invitation: [1, 15, 60, 240], reset: [1, 5, 15, 30] };

/** One letter that a key of ours opens. The claim is longer than any sending lasts. */
export async function claimLetter(db: Db, keyIds: string[]): Promise<Letter | null> {
  const { rows } = await db.pool.query<Letter>(
    `update letter l set claimed_until = now() + interval '15 minutes', tries = l.tries + 1, failure = null
     from (select id, tries > 0 and failure is null as cut from letter
       where state = 'waiting' and (claimed_until is null or claimed_until < now()) and key_id = any ($1)
       order by created_at limit 1 for update skip locked) mine
     where l.id = mine.id
     returning l.id, l.kind, l.to_address as to, l.key_id as "keyId", l.sealed, l.tries, mine.cut`,
    [keyIds],
  );
  return rows[0] ?? null;
}

/** Sent, or no longer of use. */
export async function removeLetter(db: Db, id: string): Promise<void> {
  await db.pool.query("delete from letter where id = $1::uuid", [id]);
}

/** Without a server of the provider's own nothing is mailed: the portal showed the links. Those at work are left alone. */
export async function removeLetters(db: Db): Promise<void> {
  await db.pool.query(
    "delete from letter where state = 'waiting' and (claimed_until is null or claimed_until < now())",
  );
}

/** The server refused and has no mail: tried again after a pause, five times in all. True when this was the last. */
export async function markRefused(db: Db, letter: Letter, failure: string): Promise<boolean> {
  const pause = pauses[letter.kind][letter.tries - 1];
  if (pause === undefined) {
    await markFailed(db, letter, `The server said: ${failure}`);
    return true;
  }
  await db.pool.query(
    "update letter set failure = $2, claimed_until = now() + make_interval(mins => $3) where id = $1::uuid",
    [letter.id, bounded(failure), pause],
  );
  return false;
}

/** Given up, and told to the people who run this. The alert goes first: one that is open already is kept. */
export async function markFailed(db: Db, letter: Letter, why: string): Promise<void> {
  const what = letter.kind === "invitation" ? "The invitation" : "The password reset";
  const text = `${what} to ${letter.to} could not be mailed. ${bounded(why)}`;
  await raiseAlert(db, { cause: causeOf(letter.to), kind: "letter", tenantId: null, text });
  await db.pool.query(
    "update letter set state = 'failed', failure = $2, claimed_until = null where id = $1::uuid and state = 'waiting'",
    [letter.id, bounded(why)],
  );
}

/** A later letter arrived: what failed before is of no interest, and nobody needs a mail about that. */
export async function settleFailure(db: Db, to: string): Promise<void> {
  await db.pool.query(
    "update alert set resolved_at = now(), resolved_told_at = now() where cause = $1 and resolved_at is null",
    [causeOf(to)],
  );
}

const causeOf = (to: string) => `letter:${to}`;
const bounded = (text: string) => text.replaceAll("\0", "").slice(0, 500);
