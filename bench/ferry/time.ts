// A clock that all processes of a machine share.

/** Milliseconds since some moment, the same one for every process; it never goes back. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;
