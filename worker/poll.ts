// Poll: claims mailboxes that are due and runs a session with each. Bounded, tenants in turn, one session per mailbox ever.
import { wakeAfterCommit } from "@/domain/lane/store";
import { type ClaimedMailbox, claimMailboxes, LeaseLost, renewLease, unclaim } from "@/domain/mailbox/claim";
import { endPoll, type PollEnd } from "@/domain/mailbox/poll-result-store";
import type { Left } from "@/domain/message/intake";
import { sqlOf, type TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Refusal, wordsOf } from "@/lib/errors";
import { SourceFault } from "@/mail/source";
import type { Room, WorkerContext } from "./room";
import { routeTenant } from "./route";
import { runSession } from "./session";
import { resultOfFault } from "./session-end";
import { openMailbox } from "./session-open";

export interface PollLimits {
  sessions: number;
  perTenant: number;
}

/**
 * A room of its own for each worker: it remembers what runs. A session mostly waits for its server; what all of them may hold at once is
 * their number times a batch (session-take.ts).
 */
export function makePollRoom(limits: PollLimits = { sessions: 40, perTenant: 5 }): Room {
  const running = new Set<Promise<void>>();
  return {
    name: "poll",
    hears: "mailbox",
    async step(context) {
      const free = limits.sessions - running.size;
      if (free <= 0 || context.stopping.aborted) {
        await Promise.race([...running, restOf(context)]);
        return 0;
      }
      const claimed = await claimMailboxes(context.db, {
        workerId: context.workerId,
        sites: context.env.sites,
        count: free,
        perTenant: limits.perTenant,
        leaseSeconds: context.env.leaseSeconds,
      });
      for (const one of claimed) {
        const run = pollMailbox(context, one).finally(() => running.delete(run));
        running.add(run);
      }
      // All places were filled: more may be due. Else soon while sessions run, since one that left mail is due again when it ends.
      return claimed.length === free ? 0 : running.size > 0 ? 200 : 1000;
    },
    async drain() {
      await Promise.allSettled(running);
    },
  };
}

export const pollRoom: Room = makePollRoom();

const restOf = (context: WorkerContext) =>
  new Promise<void>((done) => {
    if (context.stopping.aborted) done();
    else setTimeout(done, 200);
  });

/** One claimed mailbox from sign-in to release. Never throws: what goes wrong here is this mailbox's own delay. */
export async function pollMailbox(context: WorkerContext, claimed: ClaimedMailbox): Promise<void> {
  const scope = mintScope(context.db, claimed.tenantId, {
    kind: "worker",
    workerId: context.workerId,
    name: context.name,
  });
  const began = performance.now();
  const now = () => new Date(claimed.claimedAt.getTime() + Math.round(performance.now() - began));
  // A signal of its own: AbortSignal.any() would leave something behind in `hurry` for each of a million sessions.
  const over = new AbortController();
  const hurrying = () => over.abort();
  context.hurry.addEventListener("abort", hurrying, { once: true });
  if (context.hurry.aborted) hurrying();
  const beat = setInterval(
    () => {
      renewLease(sqlOf(context.db.pool), claimed, context.env.leaseSeconds).catch((error: unknown) => {
        if (error instanceof LeaseLost) over.abort();
      });
    },
    (context.env.leaseSeconds * 1000) / 3,
  );
  const log = context.log.child({ room: "poll", tenant: claimed.tenantId, mailbox: claimed.mailboxId });
  try {
    const end = await session(context, scope, claimed, now, over.signal);
    const ms = Math.round(performance.now() - began);
    const written = await endPoll(scope, claimed, end, now());
    log.info({ result: end.result, collected: end.collected, listed: end.listed?.count, ms, written }, "polled");
  } catch (error) {
    if (error instanceof LeaseLost) {
      log.warn("lease lost: another session has this mailbox, or its source was changed");
      await unclaim(scope.db, claimed).catch(() => {});
    } else await releaseAfterFault(scope, claimed, error, now(), log);
  } finally {
    clearInterval(beat);
    context.hurry.removeEventListener("abort", hurrying);
  }
}

async function session(
  context: WorkerContext,
  scope: TenantScope,
  claimed: ClaimedMailbox,
  now: () => Date,
  signal: AbortSignal,
): Promise<PollEnd> {
  const seen: { certificate: unknown } = { certificate: null };
  try {
    const { sealed, tenantId, mailboxId: rowId } = claimed;
    if (!sealed) return withoutPassword(claimed);
    const password = await context.keys.open(sealed.keyId, sealed.value, { tenantId, rowId, field: "password" });
    const source = await openMailbox(context, claimed.settings, password, {
      signal,
      onWire: ({ kind, facts }) => {
        if (kind === "certificate") seen.certificate = facts ?? null;
      },
    });
    const routing: Promise<unknown>[] = [];
    // Each batch moves on while the rest is still being collected; the rooms route and uncertain find whatever this misses.
    const onCommit = ({ route, wake }: Left) => {
      if (route) routing.push(routeTenant(context, claimed.tenantId).catch(() => 0));
      if (wake) routing.push(wakeAfterCommit(scope, wake).catch(() => {}));
    };
    const end = await runSession({ context, scope, claimed, source, now, signal, onCommit });
    await Promise.all(routing);
    // Without news it is not written again, in each round of each mailbox; with mail, or a fault, it is.
    return { ...end, certificate: end.result === "nothing-new" ? null : seen.certificate };
  } catch (error) {
    if (error instanceof SourceFault) return faultEnd(claimed, error, seen.certificate);
    if (error instanceof Refusal) return refusalEnd(claimed, error);
    throw error;
  }
}

const nothing = (claimed: ClaimedMailbox) => ({
  collected: 0,
  more: false,
  recheck: claimed.recheck,
  stop: null,
  listed: null,
  facts: claimed.facts,
  // It may have been about to delete when it failed, after the claim's facts were read.
  leavingStands: true,
  through: false,
});

const faultEnd = (claimed: ClaimedMailbox, fault: SourceFault, certificate: unknown): PollEnd => ({
  ...nothing(claimed),
  result: resultOfFault(fault),
  error: fault.message,
  reply: fault.reply || null,
  certificate: certificate ?? fault.facts.certificate ?? null,
});

const refusalEnd = (claimed: ClaimedMailbox, refusal: Refusal): PollEnd => ({
  ...nothing(claimed),
  result: "error",
  error: refusal.message,
  reply: null,
  certificate: null,
});

function withoutPassword(claimed: ClaimedMailbox): PollEnd {
  const reason = "It has no password. Give it, then start it.";
  return {
    ...nothing(claimed),
    result: "error",
    error: reason,
    reply: null,
    certificate: null,
    stop: { kind: "no-password", reason },
  };
}

/** The database, or a fault of ours: nothing was deleted at the provider, and mail waits there until this heals. */
async function releaseAfterFault(
  scope: TenantScope,
  claimed: ClaimedMailbox,
  error: unknown,
  now: Date,
  log: WorkerContext["log"],
): Promise<void> {
  log.error({ error: wordsOf(error) }, "session failed");
  const end: PollEnd = {
    ...nothing(claimed),
    result: "error",
    error: "Mailferry could not store mail of this mailbox. Nothing was deleted at the provider; it tries again.",
    reply: null,
    certificate: null,
  };
  // If this fails too the lease runs out, and the mailbox is due again.
  await endPoll(scope, claimed, end, now).catch(() => {});
}
