// Whether the machine was the bench's alone: what other programs take of its processors makes every figure of time worse, and a run
// at a low priority may stand for a quarter of an hour beside them without anything being wrong with it.
import { machineSeconds, ownSeconds } from "./cost";

/** Shares of what all processors could have given. */
export interface Shares {
  /** this bench with all it started: contender, servers, sink */
  ours: number;
  others: number;
}

/** From now on, until it is asked. */
export function watchOthers(): () => Shares {
  const [machine, own] = [machineSeconds(), ownSeconds()];
  return () => {
    const after = machineSeconds();
    const all = Math.max(0.01, after.all - machine.all);
    const ours = (ownSeconds() - own) / all;
    return { ours, others: Math.max(0, (after.busy - machine.busy) / all - ours) };
  };
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
