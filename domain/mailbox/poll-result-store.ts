// The end of a poll, in one transaction: what it came to, when the next one is, and the notice if people are to be told.
import { changed } from "@/domain/live/changed";
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import { storedJson } from "@/domain/stored";
import { type ClaimedMailbox, isCurrent, type Release, releaseMailbox } from "./claim";
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
  const ours = await sqlInTenant(scope, async (sql) => {
    const { more: _more, ...rest } = end;
    const { notice, ...state } = after;
    const release: Release = { ...rest, ...state };
    if (!(await releaseMailbox(sql, claimed, release))) return false;
    if (!(await isCurrent(sql, claimed))) return true;
    if (end.stop) await addNotice(sql, claimed, "collecting-stopped", { ...end, error: end.stop.reason });
    else if (notice) await addNotice(sql, claimed, notice, end);
    return true;
  });
  changed(scope.db, claimed.tenantId, "mailbox");
  return ours;
}

/** One incident of the platform: no notices to customers for an hour, and one sign-in at a time; what fails then is told. */
function quiet(after: After, before: ClaimedMailbox, dueInSeconds: number): After {
  if (after.notice !== "collecting-stopped") return { ...after, dueInSeconds };
  return { ...after, dueInSeconds, notice: null, toldStoppedAt: before.toldStoppedAt };
}

async function addNotice(
  sql: Sql,
  claimed: ClaimedMailbox,
  cause: "collecting-stopped" | "collecting-again",
  end: Pick<PollEnd, "result" | "error" | "reply">,
): Promise<void> {
  if (!claimed.notifyCollecting) return;
  const { name, host, username } = claimed.settings;
  const facts = {
    mailbox: name,
    host,
    username,
    result: end.result,
    meaning: cause === "collecting-again" ? "Collecting works again." : (end.error ?? "Collecting does not work."),
    remedy:
      cause === "collecting-again"
        ? "Nothing to do: what waited at the provider is being collected."
        : "The mail waits at the provider. Look at the mailbox's page and test it there.",
    reply: end.reply,
    since: claimed.failingSince?.toISOString() ?? null,
  };
  await sql.query(
    `insert into notice (tenant_id, kind, cause, mailbox_id, facts)
     values ($1::uuid, 'collecting', $2, $3::uuid, $4::jsonb)`,
    [claimed.tenantId, cause, claimed.mailboxId, storedJson(facts)],
  );
}
