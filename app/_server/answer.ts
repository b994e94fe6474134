// What every action answers: plain data, for pages and doors alike.

export type Answer<T> =
  | { ok: true; data: T }
  | { ok: false; message: string; fields?: Record<string, string>; conflict?: { by: string; at: string } };
