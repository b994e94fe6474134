// Text of strangers, fit for Postgres: no NUL, no half of a character that a cut left behind (jsonb refuses both), bounded.

export const stored = (text: string, max = 1000): string => whole(text.slice(0, max));

/** For jsonb: every text in it, however deep. */
export const storedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === "string" ? whole(part) : part));

/** By way of UTF-8, which has no half characters. */
const whole = (text: string): string => Buffer.from(text.replaceAll("\0", "")).toString();
