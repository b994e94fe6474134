// Is mail flowing? One sentence that is true in every case: it flows only if a worker of the tenant's site beats, its lane
// works, and the mailboxes that should be polled are. Else it says which is wrong, since when, and what to do.
import { mailWords } from "@/domain/mail-words";
import { setUpStep } from "@/domain/mailbox/setting-up";
import { importedStopped } from "@/domain/mailbox/stopped";
import { atOrOn } from "@/domain/when-words";
import type { OverviewFacts } from "./facts";
import { laneTrouble } from "./flow-lane";
import { idleMailboxes, troubledMailboxes } from "./flow-mailbox";

/** How times are said: in the tenant's zone, as the page says them everywhere. */
export interface Say {
  /** "14:02", "23 Nov, 14:02" */
  clock(at: Date): string;
  /** "40 seconds ago" */
  ago(at: Date): string;
}

export type Remedy =
  /** `reading`: the words for those who may look there and change nothing; `readingPage`: where they look instead */
  | { do: "open"; page: string; label: string; reading?: string; readingPage?: string }
  /** deliver all that waits now, without waiting for the next try */
  | { do: "try-all" }
  | { do: "resume" };

export interface Said {
  state: "flowing" | "needs" | "stopped" | "idle";
  title: string;
  detail: string;
  remedy: Remedy | null;
}

export interface Flow extends Said {
  /** what the sentence is about, so that the page doesn't say it again */
  cause: "closed" | "setup" | "worker" | "lane" | "space" | "mailboxes" | "none";
}

export interface Case {
  facts: OverviewFacts;
  tenant: { state: "active" | "closed" };
  now: Date;
  say: Say;
}

export const waits = (n: number): string => (n === 1 ? "1 mail waits" : `${mailWords(n)} wait`);

export function flowOf(given: Case): Flow {
  const { facts, tenant } = given;
  if (tenant.state === "closed") return closed(given);
  if (!facts.lane || facts.mailboxes.every(setUpStep)) return setup(given);
  if (!facts.worker.beats) return { ...workerTrouble(given), cause: "worker" };
  const lane = laneTrouble(facts.lane, facts.today.waiting, given.say);
  if (lane) return { ...lane, cause: "lane" };
  const space = spaceTrouble(given);
  if (space) return { ...space, cause: "space" };
  return mailboxes(given) ?? flowing(given);
}

function closed({ facts: { today } }: Case): Flow {
  const rest =
    today.waiting > 0 ? `${waits(today.waiting)} and still ${today.waiting === 1 ? "goes" : "go"} to Exchange.` : "";
  return {
    state: "idle",
    title: "Nothing is collected: this tenant is closed.",
    detail: rest || "No mail waits for Exchange any more.",
    remedy: null,
    cause: "closed",
  };
}

function setup({ facts }: Case): Flow {
  const what = !facts.lane
    ? "There is no Exchange server to deliver to."
    : facts.mailboxes.length === 0
      ? "There is no mailbox to collect from."
      : "The first mailbox is not set up to its end.";
  return {
    state: "idle",
    title: "Mail does not flow yet.",
    detail: `${what} Four steps, and it does:`,
    remedy: null,
    cause: "setup",
  };
}

/** No worker of the tenant's site beats: nothing is collected and nothing delivered. */
export function workerTrouble({ facts: { worker, today }, say }: Pick<Case, "facts" | "say">): Said {
  const seen = worker.lastBeat
    ? `${worker.name ?? "The last one"} was last seen ${atOrOn(say.clock(worker.lastBeat))}.`
    : "None has been seen in the last day.";
  const waiting = today.waiting > 0 ? ` ${waits(today.waiting)}.` : "";
  const site = worker.site === "main" ? "" : ` with MAILFERRY_SITES=${worker.site}`;
  return {
    state: "stopped",
    title: "Mail stands still: no worker runs.",
    detail: `${seen}${waiting} Whoever runs Mailferry starts one${site}: npm run worker. Mail stays at the provider until then.`,
    remedy: null,
  };
}

/** Nothing is collected for anybody, and delivering goes on. The figures are for the platform's people. */
export function spaceTrouble({ facts: { space, today }, say }: Pick<Case, "facts" | "say">): Said | null {
  if (!space) return null;
  const waiting =
    today.waiting > 0
      ? ` ${waits(today.waiting)} here and still ${today.waiting === 1 ? "goes" : "go"} to Exchange.`
      : "";
  return {
    state: "stopped",
    title: "Collecting is paused: Mailferry's database is nearly full.",
    detail: `Since ${say.clock(space.since)} new mail waits at the providers, nothing is lost.${waiting} Whoever runs Mailferry makes room; then collecting goes on by itself.`,
    remedy: null,
  };
}

function mailboxes({ facts, say, now }: Case): Flow | null {
  const all = facts.mailboxes;
  const troubled = troubledMailboxes(all, say, now, facts.troubledHosts);
  const idle = idleMailboxes(all);
  const [first] = troubled;
  if (troubled.length + idle.length < all.length) {
    if (troubled.length === 0) return null;
    const some = troubled.length === 1 ? "1" : String(troubled.length);
    return {
      state: "needs",
      title: `Mail is flowing, but ${some} of ${all.length} mailboxes ${troubled.length === 1 ? "is" : "are"} not collected.`,
      detail: acceptedWords({ facts, say }),
      remedy: null,
      cause: "none",
    };
  }
  if (troubled.length === 0)
    return {
      state: "needs",
      title:
        all.length === 1
          ? "Nothing is collected: the mailbox is paused."
          : "Nothing is collected: all mailboxes are paused.",
      detail: "Mail stays at the provider until somebody starts them.",
      remedy: { do: "open", page: "mailboxes", label: "Look at the mailboxes" },
      cause: "mailboxes",
    };
  if (all.every(importedStopped))
    return {
      state: "stopped",
      title:
        all.length === 1
          ? "Nothing is collected: the mailbox is stopped since an import."
          : `Nothing is collected: all ${all.length} mailboxes are stopped since an import.`,
      detail: "Mail stays at the provider until somebody starts them.",
      remedy: { do: "open", page: "mailboxes/stopped", label: "Look and start" },
      cause: "mailboxes",
    };
  if (first && all.length === 1) return { ...first, title: `Nothing is collected. ${first.title}`, cause: "mailboxes" };
  return {
    state: "stopped",
    title: `Nothing is collected: none of ${all.length} mailboxes can be.`,
    detail: "Mail stays at the providers until they can.",
    remedy: { do: "open", page: "mailboxes", label: "Look at the mailboxes" },
    cause: "none",
  };
}

/** Only what Exchange took proves that mail flows; before that nothing is green. */
function flowing({ facts, say }: Case): Flow {
  const { today, took } = facts;
  const said = (title: string, detail: string): Flow => ({
    state: took ? "flowing" : "idle",
    title,
    detail,
    remedy: null,
    cause: "none",
  });
  if (today.lastAccepted) return said("Mail is flowing.", acceptedWords({ facts, say }));
  if (today.waiting > 0)
    return said(
      "Mail is on its way to Exchange.",
      `${waits(today.waiting)} to be delivered${took ? "" : "; none was accepted before"}.`,
    );
  // What retention removed is not known any more: no word about it is better than a wrong one.
  if (today.collectedEver > 0 && !took)
    return said("Nothing waits.", "Exchange has accepted none of the mail that was collected so far.");
  if (today.collectedEver > 0)
    return said(
      "All works, and nothing waits.",
      "Exchange has accepted no mail that Mailferry still keeps a record of.",
    );
  return said("All is ready: mail is collected and delivered as it comes.", "None has come yet.");
}

/** "412 accepted by Exchange today, the last one 40 seconds ago." */
function acceptedWords({ facts: { today }, say }: Pick<Case, "facts" | "say">): string {
  if (!today.lastAccepted) return "Exchange has accepted none yet.";
  if (today.accepted === 0) return `None accepted by Exchange today, the last one ${say.clock(today.lastAccepted)}.`;
  if (today.accepted === 1) return `1 accepted by Exchange today, ${say.ago(today.lastAccepted)}.`;
  return `${today.accepted.toLocaleString("en")} accepted by Exchange today, the last one ${say.ago(today.lastAccepted)}.`;
}
