// A fresh sign-in: what changes hosts, secrets and second factors, or lets somebody in, asks who is there again when the last
// proof is old. A session that somebody left open, or whose cookie was taken, is not enough for these.

/** How somebody can prove again who they are. */
export type ProofWay = "password" | "code" | "passkey";

export interface Prove {
  /** their own ways; the first is offered first */
  ways: ProofWay[];
  email: string;
}

export const freshMinutes = 15;

export const isFresh = (confirmedAt: Date, now: Date): boolean =>
  now.getTime() - confirmedAt.getTime() < freshMinutes * 60_000;
