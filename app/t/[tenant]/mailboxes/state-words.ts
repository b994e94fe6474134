// How a mailbox is doing, in one mark and one sentence.
import type { State } from "@/app/_ui/state";
import { spanWords } from "@/app/_ui/time";
import { notAlone, nothingToDo, type ProviderTrouble } from "@/domain/mailbox/incident-seen";
import type { MailboxRow } from "@/domain/mailbox/store";

export interface Doing {
  state: State;
  word: string;
  /** a sentence when people need one */
  sentence: string | null;
}

/** In a closed tenant, whatever its last poll brought. */
export const notCollected: Doing = { state: "idle", word: "not collected", sentence: null };

type Polled = Pick<MailboxRow, "state" | "reason" | "collecting" | "lastResult" | "lastError" | "failingSince">;

/** `provider`: the trouble that it shares with many others at its host */
export function doing(row: Polled, now: Date, provider: ProviderTrouble | null = null): Doing {
  const failing = row.failingSince ? ` for ${spanWords((now.getTime() - row.failingSince.getTime()) / 1000)}` : "";
  if (row.state === "stopped")
    return { state: "stopped", word: "stopped", sentence: row.reason ?? "It was stopped and waits for a person." };
  if (row.state === "paused") return { state: "idle", word: "paused", sentence: null };
  if (row.collecting) return { state: "flowing", word: "collecting now", sentence: null };
  if (provider?.quiet)
    return { state: "stopped", word: `provider in trouble${failing}`, sentence: `${provider.sentence} ${nothingToDo}` };
  const own = doingAlone(row, failing);
  if (!provider) return own;
  return { ...own, sentence: [own.sentence, provider.sentence, notAlone].filter(Boolean).join(" ") };
}

function doingAlone(row: Polled, failing: string): Doing {
  switch (row.lastResult) {
    case null:
      return { state: "idle", word: "not collected yet", sentence: null };
    case "ok":
    case "nothing-new":
      return { state: "flowing", word: "collecting", sentence: null };
    case "partial":
      return { state: "needs", word: "collecting, not all", sentence: row.lastError };
    case "busy":
      return {
        state: "needs",
        word: "busy elsewhere",
        sentence: row.lastError ?? "Another program is signed in there.",
      };
    case "refused":
      return { state: "stopped", word: `sign-in refused${failing}`, sentence: row.lastError };
    case "unreachable":
      return { state: "stopped", word: `not reachable${failing}`, sentence: row.lastError };
    case "error":
      return { state: "stopped", word: `failing${failing}`, sentence: row.lastError };
  }
}

/** "3 new", "nothing new" … of the last poll */
export function resultWords(row: Pick<MailboxRow, "lastResult" | "lastNew">): string {
  switch (row.lastResult) {
    case null:
      return "";
    case "ok":
      return `${row.lastNew} new`;
    case "partial":
      return `${row.lastNew} new, some not`;
    case "nothing-new":
      return "nothing new";
    case "refused":
      return "refused";
    case "unreachable":
      return "no answer";
    case "busy":
      return "busy";
    case "error":
      return "failed";
  }
}
