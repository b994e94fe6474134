// The mark before the final dot: from its commit on the server may have the mail.
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { carry, carryRound, type Written } from "./carried";
import { type ClaimedMail, StaleLease, stillMine } from "./claim";
import { againOnDeadlock } from "./deadlock";

export type Mark = ReturnType<typeof markOf>;

/** The lane was paused, stopped or given other settings after this mail was claimed together with others before it, or what is before it has no end: it waits. */
export class LaneStopped extends Error {
  constructor() {
    super("the server was paused, stopped or changed before this mail's end was sent");
    this.name = "LaneStopped";
  }
}

/**
 * Committed before the final dot. Throws StaleLease when the mail is no longer ours, or when an answer that came late says that
 * a recipient has it already; LaneStopped where its lane may not be used now. Then the dot must not follow. `before`: the outcome of the
 * last mail of this connection is written then; both are said in one round where they can be.
 */
export async function markDotPending(
  db: Db,
  mail: ClaimedMail,
  before: Promise<void> = Promise.resolve(),
): Promise<void> {
  const [first] = await Promise.all([askToMark(db, mail), before]);
  // The last mail's outcome went in another round, and `before` says that it is written now: so once more is enough.
  const written = first === "later" ? await askToMark(db, mail) : first;
  if (written === "stopped" || written === "later") throw new LaneStopped();
  if (written !== "marked") throw new StaleLease();
}

async function askToMark(db: Db, mail: ClaimedMail): Promise<Written> {
  const mark = markOf(mail);
  return (await carryRound(db).add({ mark })) ?? (await againOnDeadlock(() => markAlone(db, mail, mark)));
}

const markOf = (mail: ClaimedMail) => ({
  ...{ tenant: mail.lane.tenantId, lane: mail.lane.exchangeId, slot: mail.lane.token, lease: mail.lane.leaseSeconds },
  ...{ mail: mail.id, token: mail.token, attempt: mail.attemptId, ids: mail.recipients.map(({ id }) => id) },
  behind: mail.behind,
});

/** The same, after it has waited for who has the mail at hand; what they wrote of its recipients is seen then. */
const markAlone = (db: Db, mail: ClaimedMail, mark: Mark): Promise<Written> =>
  sqlTransaction(db.pool, async (sql) => {
    const [written = null] = (await stillMine(sql, mail)) ? await carry(sql, [{ mark }]) : [];
    return written;
  });
