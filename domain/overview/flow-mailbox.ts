// What is wrong with mailboxes: stopped, password refused, not reachable, or due and not polled.

import { notAlone, nothingToDo, providerTrouble, type TroubledHosts } from "@/domain/mailbox/incident-seen";
import { setUpStep } from "@/domain/mailbox/setting-up";
import type { MailboxRow } from "@/domain/mailbox/store";
import { atOrOn } from "@/domain/when-words";
import type { Said, Say } from "./flow";

export type TroubledRow = Pick<
  MailboxRow,
  | "id"
  | "settings"
  | "state"
  | "reason"
  | "reasonKind"
  | "collecting"
  | "lastPollAt"
  | "lastResult"
  | "lastError"
  | "nextPollAt"
  | "failingSince"
  | "workedAt"
>;
type Row = TroubledRow;

/** A poll may take its time, and a worker may be busy: later than this is not being polled. */
export const overdueMinutes = 5;

export const idleMailboxes = <R extends Row>(rows: R[]): R[] => rows.filter(({ state }) => state === "paused");

/** One sentence for each that should be collected and is not. */
export const troubledMailboxes = (
  rows: Row[],
  say: Say,
  now: Date,
  hosts: TroubledHosts = new Map(),
): (Said & { id: string })[] =>
  rows.flatMap((row) => {
    const said = trouble(row, say, now, hosts);
    return said ? [{ ...said, id: row.id }] : [];
  });

function trouble(row: Row, say: Say, now: Date, hosts: TroubledHosts): Said | null {
  const name = `“${row.settings.name}”`;
  const since = row.failingSince ? ` since ${say.clock(row.failingSince)}` : "";
  const said = (state: "stopped" | "needs", title: string, detail: string, label: string): Said => ({
    state,
    title,
    detail,
    remedy: { do: "open", page: `mailboxes/${row.id}`, label, reading: "Look at the mailbox" },
  });
  const next = row.nextPollAt && row.nextPollAt > now ? ` The next try is ${atOrOn(say.clock(row.nextPollAt))}.` : "";
  if (row.state === "paused") return null;
  const step = setUpStep(row);
  if (step)
    return {
      ...said("needs", `Mailbox ${name} is not set up to its end.`, row.reason ?? "", ""),
      remedy: {
        do: "open",
        page: step === "recipients" ? "setup/recipients" : "setup/collect",
        label: "Go on setting up",
        reading: "Look at the mailbox",
        readingPage: `mailboxes/${row.id}`,
      },
    };
  if (row.state === "stopped")
    return said(
      "stopped",
      `Mailbox ${name} is stopped.`,
      row.reason ?? "It waits for a person.",
      "Look at the mailbox",
    );
  const provider = providerTrouble(row, hosts, say.clock, now);
  if (provider?.quiet)
    return said(
      "stopped",
      `Mailbox ${name} waits for its provider: ${provider.sentence}`,
      `${nothingToDo}${next}`,
      "Look at the mailbox",
    );
  const many = provider ? ` ${provider.sentence} ${notAlone}` : "";
  switch (row.lastResult) {
    case "refused":
      return said(
        "stopped",
        `The sign-in to mailbox ${name} is refused${since}.`,
        `${row.lastError ?? "The server refused it."}${many}${next}`,
        "Give the password again",
      );
    case "unreachable":
      return said(
        "stopped",
        `Mailbox ${name} can't be reached${since}.`,
        `${row.lastError ?? "The server did not answer."}${many}${next}`,
        "Look at the mailbox",
      );
    case "error":
      return said(
        "stopped",
        `Mailbox ${name} can't be collected${since}.`,
        `${row.lastError ?? "The server answered what Mailferry does not understand."}${many}${next}`,
        "Look at the mailbox",
      );
    case "partial":
    case "busy":
    case "ok":
    case "nothing-new":
    case null:
      return overdue(row, now)
        ? said(
            "needs",
            `Mailbox ${name} is due and not polled.`,
            `${row.lastPollAt ? `The last poll was ${atOrOn(say.clock(row.lastPollAt))}.` : "It was never polled."} A worker runs, but has not come to it: there may be too few of them.`,
            "Look at the mailbox",
          )
        : null;
  }
}

/** It should have been polled by now. */
export const overdue = (row: Row, now: Date): boolean =>
  row.nextPollAt !== null && !row.collecting && now.getTime() - row.nextPollAt.getTime() > overdueMinutes * 60_000;
