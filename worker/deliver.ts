// Deliver: claims a connection of a lane, drains what is due over it in order, idles a moment, and says QUIT. Lanes take
// turns: the one with the fewest connections is served first, and a long drain makes room when others wait.

import { type ClaimedLane, claimLane, releaseSlot, renewSlot } from "@/domain/lane/claim";
import { type LaneSettings, laneSettings, liveConnections } from "@/domain/lane/settings";
import { moveLane } from "@/domain/lane/store";
import { changed } from "@/domain/live/changed";
import { sqlTransaction, type TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { rest } from "@/lib/clock";
import { Refusal, wordsOf } from "@/lib/errors";
import { type SmtpConnection, SmtpFault } from "@/mail/smtp";
import { type Carrier, carryMail, Writing } from "./carry";
import { dotTimeoutMs, openConnection, Recorder } from "./connection";
import { failPoint } from "./fail-points";
import { Hand } from "./hand";
import { connectFault } from "./lane-fault";
import type { Room, WorkerContext } from "./room";

export interface DeliverOptions {
  /** connections of this worker, all lanes together */
  connections?: number;
  dotTimeoutMs?: number;
  /** how long a connection waits for more mail */
  idleMs?: number;
}

export const deliverRoom: Room = makeDeliverRoom();

export function makeDeliverRoom(options: DeliverOptions = {}): Room {
  const most = options.connections ?? 50;
  const running = new Set<Promise<void>>();
  const sent = new Map<string, number[]>();
  const unanswered = new Map<string, number>();
  const crowd: Crowd = {
    full: () => running.size >= most,
    sentOf: (lane) => sentOf(sent, lane),
    unanswered,
    options,
  };
  const start = (context: WorkerContext, lane: ClaimedLane) => {
    const task: Promise<void> = serveLane(context, lane, crowd)
      .catch((error) => context.log.error({ tenant: lane.tenantId, error: wordsOf(error) }, "a connection ended badly"))
      .finally(() => running.delete(task));
    running.add(task);
  };
  return {
    name: "deliver",
    hears: "lane",
    step: async (context) => {
      const { sites, leaseSeconds, uncertainSeconds } = context.env;
      const claimant = { workerId: context.workerId, sites, leaseSeconds, uncertainSeconds };
      const skip: string[] = [];
      while (running.size < most && !context.stopping.aborted) {
        const lane = await claimLane(context.db, claimant, skip);
        if (!lane) break;
        if ("skipped" in lane) skip.push(lane.skipped);
        else start(context, lane);
      }
      return 250;
    },
    drain: async () => {
      await Promise.all([...running]);
    },
  };
}

interface Crowd {
  /** every connection of this worker is in use: others may wait */
  full(): boolean;
  sentOf(lane: ClaimedLane): number[];
  /** by lane and settings: when an envelope that went ahead was not answered there, ms; no other goes ahead for a day */
  unanswered: Map<string, number>;
  options: DeliverOptions;
}

const dayMs = 24 * 60 * 60_000;

function goingAhead(crowd: Crowd, lane: ClaimedLane, since: number): Carrier["ahead"] {
  const { unanswered } = crowd;
  const name = `${lane.exchangeId} ${lane.epoch}`;
  return {
    // Nor where this connection makes room for others next: a server that awaits a mail is not said QUIT to.
    may: () => Date.now() - (unanswered.get(name) ?? Number.NEGATIVE_INFINITY) > dayMs && !isOver(crowd, since),
    failed: () => {
      for (const [key, at] of unanswered) if (Date.now() - at > dayMs) unanswered.delete(key);
      unanswered.set(name, Date.now());
    },
  };
}

/** Times within the last minute; forgotten with it. */
function sentOf(sent: Map<string, number[]>, lane: ClaimedLane): number[] {
  const minuteAgo = Date.now() - 60_000;
  const times = sent.get(lane.exchangeId) ?? [];
  while (times[0] !== undefined && times[0] < minuteAgo) times.shift();
  sent.set(lane.exchangeId, times);
  if (sent.size > 1000) for (const [key, list] of sent) if (list.length === 0) sent.delete(key);
  return times;
}

async function serveLane(context: WorkerContext, lane: ClaimedLane, crowd: Crowd): Promise<void> {
  const scope = mintScope(context.db, lane.tenantId, {
    kind: "worker",
    workerId: context.workerId,
    name: context.name,
  });
  const hand = new Hand(context.db, lane, context.name);
  const renewal = setInterval(
    () => renewSlot(context.db, lane, hand.tokens).catch(() => {}),
    (lane.leaseSeconds * 1000) / 3,
  );
  try {
    await throughConnection(context, scope, lane, crowd, hand);
  } finally {
    const untried = await hand.close();
    clearInterval(renewal);
    await releaseSlot(context.db, lane, context.env.uncertainSeconds, untried).catch((error) =>
      context.log.warn({ tenant: lane.tenantId, error: wordsOf(error) }, "a connection's lease runs out by itself"),
    );
  }
}

async function throughConnection(
  context: WorkerContext,
  scope: TenantScope,
  lane: ClaimedLane,
  crowd: Crowd,
  hand: Hand,
): Promise<void> {
  const recorder = new Recorder();
  const end = new AbortController();
  let opened: Opened | null = null;
  let carrier: Carrier | null = null;
  const connecting = () => carrier === null && end.abort();
  const hurrying = () => carrier?.dotPending !== true && end.abort();
  context.stopping.addEventListener("abort", connecting);
  context.hurry.addEventListener("abort", hurrying);
  try {
    opened = await open(context, scope, lane, crowd, recorder, end.signal);
    if (!opened) return;
    const writing = new Writing();
    const since = Date.now();
    carrier = {
      ...{ context, scope, lane, ...opened, recorder, hand, writing },
      ...{ sent: crowd.sentOf(lane), dotPending: false, begun: null, ahead: goingAhead(crowd, lane, since) },
    };
    try {
      await drainLane(carrier, crowd, since);
    } finally {
      await writing.end();
    }
    await opened.connection.quit().catch(() => {});
  } finally {
    // Whatever went wrong here: the server counts this connection until it is closed.
    opened?.connection.destroy();
    context.stopping.removeEventListener("abort", connecting);
    context.hurry.removeEventListener("abort", hurrying);
  }
}

interface Opened {
  connection: SmtpConnection;
  settings: LaneSettings;
}

/** Null when there is no connection: then the lane knows why. */
async function open(
  context: WorkerContext,
  scope: TenantScope,
  lane: ClaimedLane,
  crowd: Crowd,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<Opened | null> {
  let settings: LaneSettings | null = null;
  try {
    settings = await laneSettings(scope, lane.exchangeId, context.keys);
    // Saved anew since this connection was claimed: the claim counted it towards the server of before.
    if (!settings || settings.epoch !== lane.epoch) return null;
    const wish = { recorder, signal, dotTimeoutMs: crowd.options.dotTimeoutMs ?? dotTimeoutMs };
    return { connection: await openConnection(context, scope, lane, settings, wish), settings };
  } catch (error) {
    if (signal.aborted) return null;
    await stopLane(context, scope, lane, settings, crowd, error);
    return null;
  }
}

async function stopLane(
  context: WorkerContext,
  scope: TenantScope,
  lane: ClaimedLane,
  settings: LaneSettings | null,
  crowd: Crowd,
  error: unknown,
): Promise<void> {
  if (!(error instanceof SmtpFault || error instanceof Refusal)) throw error;
  const event =
    error instanceof SmtpFault && settings
      ? connectFault(error, {
          host: settings.host,
          connections: await liveConnections(scope, lane.exchangeId),
          sentLastMinute: crowd.sentOf(lane).length,
          trusted: settings.trusted,
          pin: settings.certificate,
          known: { account: settings.username, greetsUs: settings.greetsUs },
        })
      : {
          kind: "stop" as const,
          reasonKind: settings ? "host" : "password",
          reason: error.message,
          unreachable: false,
        };
  await sqlTransaction(context.db.pool, (sql) => moveLane(sql, lane, event));
  changed(context.db, lane.tenantId, "lane");
  context.log.warn(
    { tenant: lane.tenantId, lane: lane.exchangeId, event: event.kind, reason: error.message },
    "no connection",
  );
}

/** So long one lane may keep a connection while others may wait for it. */
const turn = 2000;
const isOver = (crowd: Crowd, since: number): boolean => crowd.full() && Date.now() - since > turn;

async function drainLane(carrier: Carrier, crowd: Crowd, since: number): Promise<void> {
  const { context, lane, connection, hand } = carrier;
  let idleSince: number | null = null;
  let reached = !lane.probe;
  while (!context.stopping.aborted && connection.usable) {
    if (isOver(crowd, since)) return;
    // A claim writes its mail at the slot, where until its outcome is written the last one must stand: a net finds it there.
    if (!hand.next) await carrier.writing.end();
    // The mail whose envelope was sent ahead was put down since: no other may go where its answers are awaited.
    if (carrier.begun && carrier.begun !== hand.next) return;
    const mail = await hand.take(!reached);
    if (mail === "gone") return;
    if (mail !== "none") {
      await failPoint("claim.after", mail.subject);
      idleSince = null;
      reached = true;
      if (!(await carryMail(carrier, mail))) return;
      continue;
    }
    if (!reached) await sqlTransaction(context.db.pool, (sql) => moveLane(sql, lane, { kind: "reached" }));
    reached = true;
    idleSince ??= Date.now();
    if (Date.now() - idleSince > (crowd.options.idleMs ?? 400)) return;
    await rest(100, context.stopping);
  }
}
