// Taking: fetches mails in order, recognises those that are known, commits the others in batches, and marks what may go.
import { deathsOf, killsWorkers, noteFetching } from "@/domain/mailbox/deaths";
import { spotOf } from "@/domain/mailbox/identity";
import type { Arrival } from "@/domain/message/intake";
import { sqlOf } from "@/domain/scope";
import { spacePause } from "@/domain/space/store";
import { type Fetched, type Listed, SourceFault } from "@/mail/source";
import { failPoint } from "./fail-points";
import { takeIn } from "./intake";
import type { Session } from "./session";
import { cut, nameOf, setAside } from "./session-bad";
import { type Batch, commitArrivals } from "./session-commit";
import { recognise, settleKnown } from "./session-known";

export interface Wanted {
  mail: Listed;
  /** known by its bytes? then it is not delivered again */
  compare: boolean;
  /** compared with these identities only; absent: with all */
  among?: ReadonlySet<number>;
  /** earlier failures of this mail */
  tries?: number;
}

/**
 * A batch is committed when it has so many mails or octets, or a mail in it that is stored in part already. Octets, since as many as there
 * are sessions (poll.ts) may be in memory at once: 40 × 2 MB.
 */
const batchMails = 50;
const batchBytes = 2 * 1024 * 1024;

/**
 * In one go, pipelined. One by one after a session that died with its worker, so that a mail that kills is found, and after
 * one that broke at a mail, so that nothing that was asked for ahead is taken for the end of another.
 */
export async function fetchAndStore(session: Session, wanted: Wanted[]): Promise<void> {
  const deaths = deathsOf(session.claimed);
  if (deaths === 0 && !isSingly(session)) return fetchTogether(session, wanted);
  for (const one of wanted) {
    if (mustStop(session)) {
      session.broken = true;
      return;
    }
    if (deaths === 0) await fetchTogether(session, [one]);
    else if (killsWorkers(session.claimed, nameOf(one.mail))) await setAside(session, one, deadly());
    else {
      await noteFetching(sqlOf(session.scope.db.pool), session.claimed, nameOf(one.mail));
      await fetchTogether(session, [one]);
    }
  }
}

/** After a session that broke at a mail, and while the server's sizes can't be relied on. */
export const isSingly = ({ claimed, singlyUntil, now }: Session): boolean =>
  claimed.facts.cutAt !== undefined || (singlyUntil !== null && new Date(singlyUntil) > now());

const mustStop = ({ signal, context, noRoom }: Session) => signal.aborted || context.stopping.aborted || noRoom;

const deadly = () =>
  new SourceFault(
    "mail",
    "Mailferry's worker ended three times while it fetched this mail. Mailferry leaves it alone.",
  );

async function fetchTogether(session: Session, wanted: Wanted[]): Promise<void> {
  if (wanted.length === 0) return;
  const byNumber = new Map(wanted.map((one) => [one.mail.number, one]));
  const batch: Batch = { arrivals: [], wanted: [] };
  const left = new Set(wanted);
  let current: Wanted | undefined;
  try {
    for await (const item of session.source.fetch(wanted.map(({ mail }) => mail))) {
      if (mustStop(session)) {
        session.broken = true;
        break;
      }
      const one = byNumber.get(item.mail.number) ?? { mail: item.mail, compare: true };
      current = one;
      if ("fault" in item) await setAside(session, one, item.fault);
      else await take(session, one, item, batch);
      left.delete(one);
      current = undefined;
      if (isFull(batch)) await flush(session, batch);
    }
  } catch (error) {
    // What is here whole is kept, whatever became of the connection.
    session.broken = true;
    if (error instanceof SourceFault) await cut(session, current ?? [...left][0], error);
    await flush(session, batch);
    throw error;
  }
  await flush(session, batch);
}

async function take(session: Session, one: Wanted, item: Fetched, batch: Batch): Promise<void> {
  const { context, scope, claimed, listing } = session;
  const { mail } = one;
  let arrival: Arrival;
  try {
    arrival = await takeIn(item.bytes, spotOf(listing.epoch, mail), mail.receivedAt, {
      db: scope.db,
      tenantId: scope.tenantId,
      name: context.name,
      installation: context.installation,
      source: claimed.settings,
      now: session.now(),
    });
  } catch (error) {
    if (!(error instanceof SourceFault) || error.kind !== "mail") throw error;
    return setAside(session, one, error);
  }
  await failPoint("fetched", `${arrival.facts.subject} ${arrival.facts.canonicalHash}`);
  if (one.compare) {
    const known = await recognise(session, mail, arrival.facts.canonicalHash, batch.arrivals, one.among);
    if (typeof known === "object") {
      await arrival.writer.discard();
      return settleKnown(session, mail, known);
    }
    if (session.plan.byHash) arrival.spot.uid = known;
  }
  batch.arrivals.push(arrival);
  batch.wanted.push(one);
}

const isFull = ({ arrivals }: Batch) =>
  arrivals.length >= batchMails ||
  arrivals.some(({ writer }) => writer.begun) ||
  arrivals.reduce((sum, { writer }) => sum + writer.size, 0) >= batchBytes;

/** The door: after this commit the mails are ours. */
async function flush(session: Session, batch: Batch): Promise<void> {
  if (batch.arrivals.length === 0) return;
  const { arrivals, wanted } = batch;
  batch.arrivals = [];
  batch.wanted = [];
  await failPoint("intake.before");
  const left = await commitArrivals(session, { arrivals, wanted });
  await failPoint("intake.after");
  session.noRoom = (await spacePause(sqlOf(session.scope.db.pool))) !== null;
  session.onCommit(left);
}
