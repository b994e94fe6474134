// A mail's states and the moves between them. Stores move along this table only; a test walks it. A collected mail begins as received;
// as ready where its way is plain, as settled where it goes round in a loop.

export const mailStates = ["received", "ready", "sending", "uncertain", "settled"] as const;
export type MailState = (typeof mailStates)[number];

export const moves: Record<MailState, readonly MailState[]> = {
  /** routed; or held, discarded, merged as a whole */
  received: ["ready", "settled"],
  /** claimed; or settled by a person while it waits */
  ready: ["sending", "settled"],
  /** deferred or given back; the dot's answer lost; nothing of it waits any more */
  sending: ["ready", "uncertain", "settled"],
  /** its wait is over; or its late 250 was recorded, or it is held */
  uncertain: ["ready", "settled"],
  /** a person released it, or a row of refusals was the server's fault */
  settled: ["ready", "received"],
};

export const mayMove = (from: MailState, to: MailState): boolean => moves[from].includes(to);
