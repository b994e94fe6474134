// The pause between two looks, which news ends early; a call that comes while nobody rests counts for the next one.

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
