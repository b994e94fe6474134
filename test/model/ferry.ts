// The whole ferry as a model to search: what may happen next in a world, and which move each step makes with a row.
import type { MailState } from "@/domain/message/state";
import { collecting } from "./collecting";
import { delivering, routing } from "./delivering";
import { brokenIn } from "./invariants";
import { explore, type Found } from "./search";
import { time } from "./time";
import { type Hands, isOver, type Mail, type Settings, type Step, start, type World } from "./world";

export const usual: Settings = {
  mails: 1,
  workers: 2,
  faults: null,
  releases: 0,
  names: "uidl",
  uncertain: "resend",
  without: null,
};

export interface Searched extends Found {
  /** "ready → sending": what rows did */
  moves: Set<string>;
}

export function search(settings: Settings): Searched {
  const moves = new Set<string>();
  const found = explore<World>({
    start: start(settings),
    steps: (world) => stepsOf(world, settings),
    parts: ({ mails, hands, mailbox, left }) => [...mails, ...hands, mailbox, left],
    whole: (parts) => wholeOf(parts, settings),
    broken: brokenIn,
    isOver,
    seen: (from, { next }) => {
      for (const [n, { row }] of from.mails.entries()) {
        const to = next.mails[n]?.row;
        if (row && to && row.state !== to.state) moves.add(moveName(row.state, to.state));
      }
    },
  });
  return { ...found, moves };
}

/** The same order as above. */
function wholeOf(parts: readonly object[], { mails, workers }: Settings): World {
  const [mailbox, left] = parts.slice(mails + workers) as [World["mailbox"], World["left"]];
  return {
    mails: parts.slice(0, mails) as Mail[],
    hands: parts.slice(mails, mails + workers) as Hands[],
    mailbox,
    left,
  };
}

export const moveName = (from: MailState, to: MailState): string => `${from} → ${to}`;

function stepsOf(world: World, settings: Settings): Step[] {
  const workers = world.hands.flatMap((_, worker) => [
    ...collecting(world, worker, settings),
    ...delivering(world, worker, settings),
  ]);
  const all = [...workers, ...routing(world), ...time(world, settings)];
  if (settings.faults === null) return all;
  return all.flatMap((step) => {
    if (!step.fault) return [step];
    const { faults } = world.left;
    return faults === 0 ? [] : [{ ...step, next: { ...step.next, left: { ...step.next.left, faults: faults - 1 } } }];
  });
}
