// How a trial is followed: until Exchange has spoken, and patiently where that takes minutes.
import type { Fate } from "@/domain/message/fate";

/** The server has spoken about it, or put it off. */
export const settled = (fate: Pick<Fate, "place" | "deferred">): boolean => fate.place !== "waiting" || fate.deferred;

const soonMs = 1000;
export const patientMs = 30_000;

/** Until it is asked for again, unless news comes sooner; null: nothing more will come of it. */
export function restOf({ place, deferred, lane }: Pick<Fate, "place" | "deferred" | "lane">): number | null {
  if (place !== "waiting") return null;
  return deferred || (lane && lane.state !== "closed") ? patientMs : soonMs;
}
