// The breaker of a lane: what a connection met decides whether the next is made at once, after the retry interval, or by a
// person. Pure: the store (domain/lane/store.ts) reads, moves and writes it under the lane's row lock.

export interface LaneState {
  state: "closed" | "open" | "half-open" | "paused";
  reasonKind: string | null;
  reason: string | null;
  since: Date;
  nextTryAt: Date | null;
  /** connections at once at most; null: as many as the settings allow */
  cap: number | null;
  /** when cap and pace go up next; not after `since`: with each mail that is taken (the lane was stopped and ramps up) */
  capRaiseAt: Date | null;
  pacePerMinute: number | null;
  /** no new mail and no new connection before */
  paceNextAt: Date | null;
  refusalKey: string | null;
  refusals: Refusal[];
  cutMailId: string | null;
  cutCount: number;
  unreachableSince: Date | null;
  lastAcceptedAt: Date | null;
  certificateChange: unknown;
}

/** One mail of a row of equal refusals, with the recipients that it cost. */
export interface Refusal {
  mailId: string;
  sender: string;
  recipients: string[];
}

export type LaneEvent =
  /** the server took a mail */
  | { kind: "accepted" }
  /** the server answered about one mail: it works */
  | { kind: "answered"; permanent: boolean }
  /** connected, greeted, signed in, and nothing to send */
  | { kind: "reached" }
  | { kind: "refused"; key: string; words: string; refusal: Refusal }
  /** `again`: this mail's last attempt ended so too */
  | { kind: "cut"; mailId: string; words: string; again: boolean }
  | { kind: "stop"; reasonKind: string; reason: string; unreachable: boolean; certificateChange?: unknown }
  | { kind: "lower-cap"; connections: number; reason: string }
  | { kind: "pace"; sentLastMinute: number; reason: string };

export interface LanePolicy {
  retryMinutes: number;
  maxConnections: number;
}

const refusalsInARow = 5;
const raiseAfter = 10 * 60_000;
/** after 421 4.3.2 or a rate limit nothing new is tried for so long */
const breather = 30_000;
const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

export interface Moved {
  lane: LaneState;
  /** refusals that turned out to be the lane's fault: their mail goes back to waiting */
  giveBack: Refusal[];
}

export function move(before: LaneState, event: LaneEvent, policy: LanePolicy, now: Date): Moved {
  const same = (lane: LaneState): Moved => ({ lane, giveBack: [] });
  switch (event.kind) {
    case "accepted":
      return same(eased({ ...works(before, now), ...noRow, lastAcceptedAt: now }, policy, now));
    case "answered":
      return same({ ...works(before, now), ...(event.permanent ? noRow : { cutMailId: null, cutCount: 0 }) });
    case "reached":
      return same({ ...works(before, now), ...(before.state === "half-open" ? noRow : {}) });
    case "refused":
      return refused(before, event, policy, now);
    case "cut":
      return same(cut(before, event, policy, now));
    case "stop":
      return same({
        ...opened(before, event.reasonKind, event.reason, policy, now),
        unreachableSince: event.unreachable ? (before.unreachableSince ?? now) : null,
        certificateChange: event.certificateChange ?? null,
      });
    case "lower-cap":
      return same(slowed(lowered(before, event.connections, now), event));
    case "pace":
      return same(slowed(paced(before, event.sentLastMinute, now), event));
  }
}

const noRow = { refusalKey: null, refusals: [], cutMailId: null, cutCount: 0 };

/** Closed again, unless a person paused it. A server that is just back gets one connection, and one more with each mail it takes. */
function works(lane: LaneState, now: Date): LaneState {
  const reached = { ...lane, unreachableSince: null, certificateChange: null };
  if (lane.state === "closed" || lane.state === "paused") return reached;
  const ramp = lane.pacePerMinute === null ? { cap: 1, capRaiseAt: now } : {};
  return { ...reached, ...ramp, state: "closed", reasonKind: null, reason: null, since: now, nextTryAt: null };
}

function opened(lane: LaneState, reasonKind: string, reason: string, policy: LanePolicy, now: Date): LaneState {
  if (lane.state === "paused") return lane;
  const nextTryAt = later(now, policy.retryMinutes * 60_000);
  const since = lane.state === "closed" || lane.reasonKind !== reasonKind ? now : lane.since;
  return { ...lane, state: "open", reasonKind, reason, since, nextTryAt };
}

/** Two different mails in a row that end in 421, a cut or a timeout stop the lane; one alone counts for its mail only. */
function cut(lane: LaneState, event: LaneEvent & { kind: "cut" }, policy: LanePolicy, now: Date): LaneState {
  if (event.again && tookLately(lane, policy, now)) return lane;
  const other = lane.cutMailId !== null && lane.cutMailId !== event.mailId;
  const counted = {
    ...lane,
    cutMailId: event.mailId,
    cutCount: other ? lane.cutCount + 1 : Math.max(1, lane.cutCount),
  };
  if (!other && lane.state !== "half-open") return counted;
  const reason = `The server broke off during two mails in a row: ${event.words}. Mail waits, and one mail is tried at each retry interval. Look at the server's own log for the reason.`;
  return opened(counted, "cut", lane.state === "half-open" && lane.reason ? lane.reason : reason, policy, now);
}

/** A mail that ends every connection, while the server takes others, says nothing about the server any more. */
const tookLately = (lane: LaneState, policy: LanePolicy, now: Date): boolean =>
  lane.state === "closed" &&
  lane.lastAcceptedAt !== null &&
  now.getTime() - lane.lastAcceptedAt.getTime() < 2 * policy.retryMinutes * 60_000;

/** The same refusal to five mails in a row of different senders is the server's state, not the mails' fault. */
function refused(
  lane: LaneState,
  event: { key: string; words: string; refusal: Refusal },
  policy: LanePolicy,
  now: Date,
): Moved {
  const row = lane.refusalKey === event.key ? lane.refusals : [];
  const counted = { refusalKey: event.key, cutMailId: null, cutCount: 0, unreachableSince: null };
  if (lane.state !== "closed" && lane.reasonKind === "refusals" && lane.refusalKey === event.key) {
    const still = opened({ ...lane, ...counted }, "refusals", lane.reason ?? "", policy, now);
    return { lane: still, giveBack: [event.refusal] };
  }
  const fresh = !row.some(({ sender }) => sender.toLowerCase() === event.refusal.sender.toLowerCase());
  const refusals = fresh ? [...row, event.refusal] : row;
  const working = { ...works(lane, now), ...counted, refusals };
  if (refusals.length < refusalsInARow) return { lane: working, giveBack: [] };
  const reason = `The server refused ${refusalsInARow} mails of different senders in a row in the same way: “${event.words}”. That is about the server, not the mails: they wait, and one is tried at each retry interval. Mend the server, then press Try all now.`;
  return { lane: { ...opened(working, "refusals", reason, policy, now), refusals: [] }, giveBack: refusals };
}

/** 421 4.3.2: fewer connections than there were; one more after every ten minutes in which mail is taken. */
function lowered(before: LaneState, connections: number, now: Date): LaneState {
  const lane = works(before, now);
  const cap = Math.max(1, Math.min(lane.cap ?? Number.POSITIVE_INFINITY, connections - 1));
  return { ...lane, cap, capRaiseAt: later(now, raiseAfter), paceNextAt: later(now, breather) };
}

/** Four fifths of what went through in the last minute is the rate that holds. */
function paced(before: LaneState, sent: number, now: Date): LaneState {
  const pacePerMinute = Math.max(1, Math.floor(Math.min(sent, before.pacePerMinute ?? sent) * 0.8));
  const lane = works(before, now);
  const cap = isRamping(lane) ? null : lane.cap;
  return { ...lane, cap, pacePerMinute, capRaiseAt: later(now, raiseAfter), paceNextAt: later(now, breather) };
}

/** Mail flows, more slowly than it could: people see why, and which limit to raise, until it is over. */
const slowed = (lane: LaneState, { kind, reason }: LaneEvent & { kind: "lower-cap" | "pace" }): LaneState =>
  lane.state === "closed" ? { ...lane, reasonKind: kind, reason } : lane;

const isRamping = ({ cap, capRaiseAt, since }: LaneState): boolean =>
  cap !== null && capRaiseAt !== null && capRaiseAt <= since;

/** Cap and pace go up again while mail is taken, until they are gone: slowly after a limit, quickly after a stop. */
function eased(lane: LaneState, policy: LanePolicy, now: Date): LaneState {
  if (lane.capRaiseAt === null || lane.capRaiseAt > now) return lane;
  const cap = lane.cap === null || lane.cap + 1 >= policy.maxConnections ? null : lane.cap + 1;
  const faster = lane.pacePerMinute === null ? null : Math.ceil(lane.pacePerMinute * 1.5);
  const pacePerMinute = faster !== null && faster > 600 ? null : faster;
  const done = cap === null && pacePerMinute === null;
  const said = lane.reasonKind === "lower-cap" || lane.reasonKind === "pace";
  return {
    ...lane,
    cap,
    pacePerMinute,
    capRaiseAt: done ? null : isRamping(lane) ? lane.capRaiseAt : later(now, raiseAfter),
    ...(done ? { paceNextAt: null } : {}),
    ...(done && said ? { reasonKind: null, reason: null } : {}),
  };
}
