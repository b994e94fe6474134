// Where the queue's counts stop: however much waits, a page that shows it costs the same.

/** A count that comes to this means: so many, or more. */
export const bounded = 10_000;
