// What the connections of a worker have to say of their mails at the same moment: that one was taken, that one comes to its dot. They
// share a round trip and a commit (docs/decisions/0042 and 0052). A connection that goes on at once brings both: the outcome of one mail
// and the mark of the next.
import { sqlOf, surelySql } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
import type { Db } from "@/lib/db";
import { gathererOf } from "@/lib/gather";
import { againOnDeadlock } from "./deadlock";
import type { Mark } from "./dot-pending";
import type { Taken } from "./taken";

export type Said = { taken: Taken } | { mark: Mark };
/** null: not written, and nothing of it changed; see migration 0256 */
export type Written = "taken" | "marked" | "later" | "stopped" | null;

const mailOf = (said: Said): string => ("taken" in said ? said.taken.mail : said.mark.mail);

/**
 * It answers by mail. One whose lease ran out and the one that has the mail since may both have something to say of it, and could not be
 * told apart: so a round has a mail once.
 */
export const carryRound = gathererOf((db: Db, all: Said[]) => againOnDeadlock(() => carry(sqlOf(db.pool), all)), {
  nameOf: mailOf,
});

/** What became of each, in their order. */
export async function carry(sql: ReturnType<typeof sqlOf>, all: Said[]): Promise<Written[]> {
  const taken = all.flatMap((said) => ("taken" in said ? [said.taken] : []));
  const marks = all.flatMap((said) => ("mark" in said ? [said.mark] : []));
  const rows = await sql.query<{ mail: string; what: Written }>(
    `select mail, what, ${surelySql} from worker_carry($1::jsonb, $2::jsonb)`,
    [storedJson(taken), storedJson(marks)],
  );
  const written = new Map(rows.map(({ mail, what }) => [mail, what]));
  return all.map((said) => written.get(mailOf(said)) ?? null);
}
