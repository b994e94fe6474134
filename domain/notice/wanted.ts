// Which ticked boxes tell of which event, and the one sentence under the boxes that says so. No server imports: the form
// uses it while people tick.

export const noticeKinds = [
  "spam",
  "unknown-recipient",
  "badmail",
  "held",
  "collecting",
  "relay",
  "retention",
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export interface NotifyBoxes {
  spam: boolean;
  unknownRecipient: boolean;
  badmail: boolean;
  collecting: boolean;
}

/** One event, one notice, if any box that fits it is ticked. */
export function isWanted(kind: NoticeKind, boxes: NotifyBoxes): boolean {
  switch (kind) {
    case "spam":
      return boxes.spam || boxes.badmail;
    case "unknown-recipient":
      return boxes.unknownRecipient || boxes.badmail;
    case "badmail":
    case "held":
      return boxes.badmail;
    case "collecting":
      return boxes.collecting;
    // Without the first, mail of a whole domain waits unseen; without the second, nothing may be deleted.
    case "relay":
    case "retention":
      return true;
  }
}

/** The live sentence under the boxes. */
export function noticeSentence(boxes: NotifyBoxes): string {
  if (!boxes.spam && !boxes.unknownRecipient && !boxes.badmail && !boxes.collecting)
    return "Nobody is told anything: look at BADMAIL, held mail and the mailboxes yourself.";
  return `${mailPart(boxes)}${collectingPart(boxes)}.`;
}

function mailPart({ spam, unknownRecipient, badmail }: NotifyBoxes): string {
  if (badmail) {
    if (spam && unknownRecipient) return "The postmaster is told of every mail that moves to BADMAIL or is held";
    const still = [!spam && "spam refusals", !unknownRecipient && "unknown addresses"].filter(Boolean).join(" and ");
    return `${capital(still)} are still told because they move to BADMAIL; untick that too to stop this`;
  }
  if (spam && unknownRecipient)
    return "The postmaster is told of spam refusals and unknown addresses, but not of other mail in BADMAIL or held";
  if (spam) return "The postmaster is told of spam refusals, but not of other mail in BADMAIL or held";
  if (unknownRecipient) return "The postmaster is told of unknown addresses, but not of other mail in BADMAIL or held";
  return "Mail moves to BADMAIL, or is held, without a word";
}

function collectingPart({ spam, unknownRecipient, badmail, collecting }: NotifyBoxes): string {
  if (!collecting) return "; nobody is told when collecting stops";
  return spam || unknownRecipient || badmail
    ? "; it is also told when collecting stops and works again"
    : "; only collecting that stops, or works again, is told";
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
