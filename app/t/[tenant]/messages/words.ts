// The states of mail as people read them.
import type { State } from "@/app/_ui/state";
import type { Place } from "@/domain/message/place";
import type { ListState, MailRow } from "@/domain/message/search";

interface StateWords {
  /** in a table or on a chip */
  word: string;
  state: State;
}

export const stateWords: Record<ListState, StateWords> = {
  waiting: { word: "Waiting", state: "idle" },
  held: { word: "Held", state: "needs" },
  badmail: { word: "BADMAIL", state: "needs" },
  delivered: { word: "Accepted", state: "flowing" },
  discarded: { word: "Discarded", state: "idle" },
  merged: { word: "Merged", state: "idle" },
  deleted: { word: "Deleted", state: "idle" },
  expired: { word: "Expired", state: "idle" },
  uncertain: { word: "Answer lost", state: "needs" },
  duplicate: { word: "Possibly twice", state: "needs" },
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
