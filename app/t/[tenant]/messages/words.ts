// The states of mail as people read them.
import type { State } from "@/app/_ui/state";
import type { Place } from "@/domain/message/place";
import type { ListState, MailRow } from "@/domain/message/search";

interface StateWords {
  /** in a table or on a chip */
  word: string;
  state: State;
}

/** `means`: for who reads the word for the first time */
export const stateWords: Record<ListState, StateWords & { means: string }> = {
  waiting: { word: "Waiting", state: "idle", means: "It is to be sent: now, or when the server takes mail again." },
  held: { word: "Held", state: "needs", means: "Nothing happens to it until a person decides where it goes." },
  badmail: {
    word: "BADMAIL",
    state: "needs",
    means: "Exchange refused it for good. It is kept whole until a person decides.",
  },
  delivered: {
    word: "Accepted",
    state: "flowing",
    means: "Exchange has accepted it, and is responsible for it from there on.",
  },
  discarded: { word: "Discarded", state: "idle", means: "A rule says that nobody gets it." },
  merged: {
    word: "Merged",
    state: "idle",
    means:
      "A second copy of a mail that was here already for the same recipient, as several mailboxes bring it. One is sent.",
  },
  deleted: { word: "Deleted", state: "idle", means: "A person deleted it here." },
  expired: {
    word: "Expired",
    state: "idle",
    means: "Nobody decided about it for as long as the settings keep such mail.",
  },
  uncertain: {
    word: "Answer lost",
    state: "needs",
    means:
      "The whole mail was sent, and the connection broke before Exchange answered: it may be there already. After a while the same bytes are sent again.",
  },
  duplicate: {
    word: "Possibly twice",
    state: "needs",
    means:
      "The same bytes were sent again after an answer was lost, or after Mailferry was restored: the recipient may have it twice, unless Exchange dropped the repeat.",
  },
};

/** The one word that a row shows: the state that was asked for where some recipient is in it, else the mail's own. */
export function rowWords(
  row: Pick<MailRow, "place" | "places" | "state" | "possibleCopies">,
  asked?: ListState,
): StateWords {
  if (asked === "uncertain" || asked === "duplicate") return stateWords[asked];
  const place: Place = asked && row.places.includes(asked) ? asked : row.place;
  if (place === "waiting" && row.state === "uncertain") return stateWords.uncertain;
  if (place === "waiting" && row.state === "sending") return { word: "Being sent", state: "idle" };
  if (place === "delivered" && row.possibleCopies > 0) return stateWords.duplicate;
  return stateWords[place];
}

const kinds: Record<MailRow["kind"], string> = {
  collected: "",
  notice: "Notice",
  test: "Test",
  copy: "Copy",
};

/** Empty for collected mail, which is what lists are about. */
export const kindWords = (kind: string): string => Object.entries(kinds).find(([name]) => name === kind)?.[1] ?? "";
