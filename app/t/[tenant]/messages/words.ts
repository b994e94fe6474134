// The states of mail as people read them.
import type { State } from "@/app/_ui/state";
import type { ListState } from "@/domain/message/search";

export const stateWords: Record<ListState, { word: string; state: State }> = {
  waiting: { word: "Waiting", state: "idle" },
  held: { word: "Held", state: "needs" },
  badmail: { word: "BADMAIL", state: "needs" },
  delivered: { word: "Accepted by Exchange", state: "flowing" },
  discarded: { word: "Discarded by a rule", state: "idle" },
  merged: { word: "Merged", state: "idle" },
  deleted: { word: "Deleted", state: "idle" },
  expired: { word: "Expired", state: "idle" },
  uncertain: { word: "Answer lost", state: "needs" },
  duplicate: { word: "Possibly delivered twice", state: "needs" },
};
