// The mark before the final dot: from its commit on the server may have the mail. Connections that come to it at the same time
// share the commit, since the wait for the disk is what a mail takes longest by.
import { type Sql, sqlOf, sqlTransaction, surelySql } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
import type { Db } from "@/lib/db";
import { gathererOf } from "@/lib/gather";
import { type ClaimedMail, StaleLease, stillMine } from "./claim";
import { againOnDeadlock } from "./deadlock";

type Mark = ReturnType<typeof markOf>;

/** It answers by mail, and two connections of this worker may think that one mail is theirs: so never both in one round. */
const gathered = gathererOf((db: Db, marks: Mark[]) => againOnDeadlock(() => markAll(sqlOf(db.pool), marks)), {
  nameOf: ({ mail }) => mail,
});

/**
 * Committed before the final dot. Throws StaleLease when the mail is no longer ours, or when an answer that came late says that
 * a recipient has it already: then the dot must not follow.
 */
export async function markDotPending(db: Db, mail: ClaimedMail): Promise<void> {
  if (await gathered(db).add(markOf(mail))) return;
  if (!(await againOnDeadlock(() => markAlone(db, mail)))) throw new StaleLease();
}

const markOf = (mail: ClaimedMail) => ({
  ...{ tenant: mail.lane.tenantId, lane: mail.lane.exchangeId, slot: mail.lane.token, lease: mail.lane.leaseSeconds },
  ...{ mail: mail.id, token: mail.token, attempt: mail.attemptId, ids: mail.recipients.map(({ id }) => id) },
});

/** Which of them were marked, in their order. */
async function markAll(sql: Sql, marks: Mark[]): Promise<boolean[]> {
  const rows = await sql.query<{ mail: string }>(`select mail, ${surelySql} from worker_mark_dots($1::jsonb) as mail`, [
    storedJson(marks),
  ]);
  const marked = new Set(rows.map(({ mail }) => mail));
  return marks.map(({ mail }) => marked.has(mail));
}

/** The same, after it has waited for who has the mail at hand; what they wrote of its recipients is seen then. */
const markAlone = (db: Db, mail: ClaimedMail): Promise<boolean> =>
  sqlTransaction(
    db.pool,
    async (sql) => (await stillMine(sql, mail)) && (await markAll(sql, [markOf(mail)])).includes(true),
  );
