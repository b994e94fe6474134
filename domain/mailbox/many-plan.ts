// What a change of many mailboxes means for one of them: each field old → new, or why it can't be changed.
import { whyNotAlong } from "./along";
import type { ManyChange, NewSettings } from "./many-schema";
import { type MailboxSettings, sourceOf } from "./schema";
import { defaultSourcePort, sourcePasswordNeededAgain } from "./source";
import type { MailboxRow } from "./store";

export interface PlannedLine {
  field: keyof NewSettings | "state";
  from: string | number;
  to: string | number;
}

export interface Plan {
  lines: PlannedLine[];
  /** why it stays as it is; null: it will be changed, unless there are no lines */
  why: string | null;
  /** its stored password goes to the new place */
  along: boolean;
}

type Known = Pick<MailboxRow, "id" | "settings" | "state" | "reason" | "hasPassword">;

export function planOf(row: Known, all: Known[], change: ManyChange): Plan {
  switch (change.do) {
    case "pause":
      return row.state === "active" ? stateLine(row, "paused") : nothing;
    case "start":
      if (row.state === "active") return nothing;
      if (!row.hasPassword) return { ...nothing, why: "It has no password yet: open it and give one first." };
      return stateLine(row, "collecting");
    case "settings":
      return settingsPlan(row, all, change.settings);
  }
}

const nothing: Plan = { lines: [], why: null, along: false };

const stateLine = (row: Known, to: string): Plan => ({
  ...nothing,
  lines: [{ field: "state", from: row.state === "active" ? "collecting" : row.state, to }],
});

function settingsPlan(row: Known, all: Known[], given: NewSettings): Plan {
  const after = changedSettings(row.settings, given);
  const lines = fields
    .filter((field) => row.settings[field] !== after[field])
    .map((field) => ({ field, from: row.settings[field], to: after[field] }));
  if (lines.length === 0) return nothing;
  const twin = all.find((other) => other.id !== row.id && sourceOf(other.settings) === sourceOf(after));
  if (twin)
    return {
      lines,
      why: `${twin.settings.name} of the same tenant collects ${after.username} at ${after.host} already. Two would take each other's mail away.`,
      along: false,
    };
  const along = row.hasPassword && sourcePasswordNeededAgain(row.settings, after).length > 0;
  if (!along) return { lines, why: null, along };
  const why =
    given.host === undefined
      ? "Its stored password was saved for another port or encryption. Name the host too: a password goes along only to a host that you name."
      : whyNotAlong(row.settings, after);
  return { lines, why, along };
}

const fields = ["host", "port", "tls", "certificate", "pollSeconds"] as const;

/** A port that is not given follows the encryption, where the old one was the usual of its own. */
export function changedSettings(before: MailboxSettings, given: NewSettings): MailboxSettings {
  const after = { ...before };
  if (given.host !== undefined) after.host = given.host;
  if (given.tls !== undefined) after.tls = given.tls;
  if (given.certificate !== undefined) after.certificate = given.certificate;
  if (given.pollSeconds !== undefined) after.pollSeconds = given.pollSeconds;
  if (given.port !== undefined) after.port = given.port;
  else if (before.port === defaultSourcePort(before.protocol, before.tls))
    after.port = defaultSourcePort(after.protocol, after.tls);
  return after;
}
