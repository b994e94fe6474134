// Time is an argument: rules take `now`, programs pass this.

export type Clock = () => Date;
export const systemClock: Clock = () => new Date();

/** Waits, or returns early (without throwing) when the signal fires. */
export function rest(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      done();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
