// What a changed setting would collect or delete of what is there now: a sentence with numbers, to confirm before saving.
import { mailWords } from "@/domain/mail-words";
import type { MailboxSettings } from "./schema";
import { sourceOf } from "./schema";

export interface WhatIsThere {
  /** collected before, and still at the source */
  stored: number;
  /** of these: collected longer ago than the new "keep for" */
  storedPastKeep: number;
  /** left out by `start` so far, and not by the new one */
  skipped: number;
}

/** Null when nothing that is there now is touched. */
export function whatAChangeDoes(before: MailboxSettings, after: MailboxSettings, there: WhatIsThere): string | null {
  const parts: string[] = [];
  if (sourceOf(before) !== sourceOf(after))
    parts.push(
      "This is another mailbox or another place of it. Everything in it is compared with what was collected before; what is new is collected" +
        (after.after === "delete" ? " and deleted there." : "."),
    );
  const deletes = toBeDeleted(before, after, there);
  if (deletes > 0) parts.push(`${mailWords(deletes)} collected before will be deleted from the provider's mailbox.`);
  if (there.skipped > 0)
    parts.push(
      `${mailWords(there.skipped)} that “start” left out so far will be collected` +
        (after.after === "delete" ? ", and deleted there afterwards." : "."),
    );
  return parts.length > 0 ? parts.join(" ") : null;
}

function toBeDeleted(before: MailboxSettings, after: MailboxSettings, there: WhatIsThere): number {
  switch (after.after) {
    case "keep":
      return 0;
    case "delete":
      return before.after === "delete" ? 0 : there.stored;
    case "keep-days":
      if (before.after === "keep") return there.storedPastKeep;
      return before.after === "keep-days" && after.keepDays < before.keepDays ? there.storedPastKeep : 0;
  }
}
