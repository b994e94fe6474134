// What every action answers: plain data, for pages and doors alike.
import type { Prove } from "@/domain/person/fresh";

export type Answer<T> =
  | { ok: true; data: T }
  | {
      ok: false;
      message: string;
      fields?: Record<string, string>;
      conflict?: { by: string; at: string };
      /** nothing was done yet: a fresh sign-in is asked for, in one of these ways */
      prove?: Prove;
    };
