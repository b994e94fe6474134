// The pause between two looks, which news ends early; a call that comes while nobody rests counts for the next one. And
// looking again and again with such pauses.

export interface Wakeable {
  rest(ms: number): Promise<void>;
  wake(): void;
}

export function wakeable(): Wakeable {
  let wake: (() => void) | null = null;
  let called = false;
  return {
    rest: (ms) =>
      new Promise((done) => {
        const end = () => {
          clearTimeout(timer);
          wake = null;
          called = false;
          done();
        };
        const timer = setTimeout(end, called ? 0 : ms);
        wake = end;
      }),
    wake: () => {
      called = true;
      wake?.();
    },
  };
}

/** However much news there is. */
const leastMs = 500;

/**
 * Looks until it is not `live` any more, or a look answers null; else it answers for how many ms to rest. The pause is the
 * next one's as soon as this one lives no longer: then it is left alone.
 */
export async function keepLooking(
  look: () => Promise<number | null>,
  pause: Wakeable,
  live: () => boolean,
): Promise<void> {
  while (live()) {
    const rest = await look();
    if (rest === null) return;
    await new Promise((done) => setTimeout(done, leastMs));
    if (!live()) return;
    await pause.rest(rest);
  }
}
