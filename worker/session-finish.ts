// The end of a session that went well: what is stored and due goes at the source, and counts as gone once that is confirmed.
import { isCurrent, renewLease } from "@/domain/mailbox/claim";
import { closeIdentities } from "@/domain/mailbox/identity-write";
import { noteLeaving } from "@/domain/mailbox/leaving";
import { sqlOf } from "@/domain/scope";
import { SourceFault, type SourceSession } from "@/mail/source";
import { failPoint } from "./fail-points";
import type { Session } from "./session";

/**
 * DELE and QUIT (or UID EXPUNGE): only in a session without doubt, by who still has the lease, and as the mailbox is set now:
 * paused or saved meanwhile, it deletes in its next session by what was saved.
 */
export async function finish(session: Session): Promise<void> {
  const { source, scope, claimed, context } = session;
  if (session.broken) return;
  let marks = session.marks;
  if (marks.length > 0) {
    await renewLease(sqlOf(scope.db.pool), claimed, context.env.leaseSeconds);
    if (!(await isCurrent(sqlOf(scope.db.pool), claimed))) {
      session.broken = true;
      return;
    }
    await noteLeaving(sqlOf(scope.db.pool), claimed);
    session.leaving = true;
    await failPoint("delete.before");
    const refused = await markAll(source, marks);
    marks = marks.filter(({ mail }) => !refused.has(mail.number));
    await failPoint("quit.before");
  }
  await source.commit();
  if (marks.length > 0) await failPoint("quit.after");
  await closeIdentities(
    scope,
    claimed,
    marks.map(({ identityId }) => identityId),
  );
  session.leaving = false;
}

/** Numbers that the server would not delete: the others count, since each had its own +OK. */
async function markAll(source: SourceSession, marks: Session["marks"]): Promise<Set<number>> {
  try {
    await source.markDeleted(marks.map(({ mail }) => mail));
    return new Set();
  } catch (error) {
    const numbers = error instanceof SourceFault && error.kind === "mail" ? error.facts.numbers : null;
    if (!Array.isArray(numbers)) throw error;
    return new Set(numbers.filter((number) => typeof number === "number"));
  }
}
