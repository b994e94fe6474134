// The end of a poll, in one round trip: what it came to, when the next one is, and the notice if people are to be told.
import { changed } from "@/domain/live/changed";
import { sqlOf, type TenantScope } from "@/domain/scope";
import { type ClaimedMailbox, type CollectingNotice, releaseMailbox } from "./claim";
import { failsAtHost, noteFailure, noteSuccess } from "./incident";
import { type After, afterPoll, type PollResult, works } from "./poll-result";

export interface PollEnd {
  result: PollResult;
  error: string | null;
  reply: string | null;
  collected: number;
  more: boolean;
  recheck: boolean;
  stop: { kind: string; reason: string } | null;
  listed: { count: number; bytes: number; epoch: string } | null;
  certificate: unknown;
  facts: Record<string, unknown>;
  leavingStands: boolean;
  through: boolean;
}

/** `now` is the database's clock. False: the lease was lost, and nothing was written. */
export async function endPoll(scope: TenantScope, claimed: ClaimedMailbox, end: PollEnd, now: Date): Promise<boolean> {
  const turn = failsAtHost(end.result) ? await noteFailure(scope.db, claimed) : null;
  if (works(end.result) && claimed.failures > 0) await noteSuccess(scope.db, claimed);
  const own = afterPoll(claimed, end, claimed.settings.pollSeconds, now);
  const after = turn === null ? own : quiet(own, claimed, turn);
  const { more: _more, ...rest } = end;
  const { notice, ...state } = after;
  const ours = await releaseMailbox(
    sqlOf(scope.db.pool),
    claimed,
    { ...rest, ...state },
    noticeOf(claimed, end, notice),
  );
  changed(scope.db, claimed.tenantId, "mailbox");
  return ours;
}

/** One incident of the platform: no notices to customers for an hour, and one sign-in at a time; what fails then is told. */
function quiet(after: After, before: ClaimedMailbox, dueInSeconds: number): After {
  if (after.notice !== "collecting-stopped") return { ...after, dueInSeconds };
  return { ...after, dueInSeconds, notice: null, toldStoppedAt: before.toldStoppedAt };
}

function noticeOf(
  claimed: ClaimedMailbox,
  end: PollEnd,
  due: CollectingNotice["cause"] | null,
): CollectingNotice | null {
  const cause = end.stop ? "collecting-stopped" : due;
  if (!cause || !claimed.notifyCollecting) return null;
  const { name, host, username } = claimed.settings;
  const again = cause === "collecting-again";
  const error = end.stop?.reason ?? end.error;
  return {
    cause,
    facts: {
      mailbox: name,
      host,
      username,
      result: end.result,
      meaning: again ? "Collecting works again." : (error ?? "Collecting does not work."),
      remedy: again
        ? "Nothing to do: what waited at the provider is being collected."
        : "The mail waits at the provider. Look at the mailbox's page and test it there.",
      reply: end.reply,
      since: claimed.failingSince?.toISOString() ?? null,
    },
  };
}
