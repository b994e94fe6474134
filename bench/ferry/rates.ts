// What several runs of one contender came to: medians, and rates where not everybody carried the same.
import { median } from "../portal/figures";
import type { Figures } from "./measure";

export interface Result {
  name: string;
  all: Figures[];
}

export const known = (list: readonly (number | null)[]): number[] => list.filter((one) => one !== null);

/** Null when one of the times was broken off. */
export function secondsOf(all: readonly Figures[]): number | null {
  const seconds = known(all.map((one) => one.seconds));
  return seconds.length < all.length || all.length === 0 ? null : median(seconds);
}

/** Mails, or mailboxes of which none has any: what a second's worth is counted in. */
export const things = ({ scenario, told }: Figures): number =>
  scenario.kind === "idle" ? scenario.mailboxes : told.expected;

/** Of these in a second; a rival may have had fewer of them than Mailferry. */
export function rate(all: readonly Figures[]): number | null {
  return secondsOf(all) === null ? null : median(all.map((one) => things(one) / (one.seconds ?? 1)));
}
