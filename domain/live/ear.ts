// The ear: one connection of the portal that listens for news, shared by all open pages. LISTEN behind a pooler is silently
// deaf, and so is a connection that died without a word; so the ear calls out itself and believes only what it hears back.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { rest } from "@/lib/clock";
import { channel } from "./changed";
import { type Topic, topicsOf } from "./topics";

/** What changed, by the name of the tenant. */
export type News = ReadonlyMap<string, readonly Topic[]>;

export interface EarEvents {
  news(news: News): void;
  /** true: what is said from now on is heard; false: it may not be */
  hearing(hears: boolean): void;
}

export interface EarTimes {
  /** between two calls of our own */
  everyMs: number;
  /** an echo that takes longer is none */
  echoMs: number;
  /** before a connection is opened again */
  againMs: number;
}

const usual: EarTimes = { everyMs: 10_000, echoMs: 4000, againMs: 2000 };
const ownCall = "call ";

export async function listenForNews(
  url: string,
  events: EarEvents,
  ended: AbortSignal,
  times: EarTimes = usual,
): Promise<void> {
  while (!ended.aborted) {
    await oneConnection(url, events, ended, times).catch(() => {});
    events.hearing(false);
    await rest(times.againMs, ended);
  }
}

async function oneConnection(url: string, events: EarEvents, ended: AbortSignal, times: EarTimes): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "mailferry live",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  const lost = new AbortController();
  const over = AbortSignal.any([ended, lost.signal]);
  const echoes = new Map<string, () => void>();
  client.on("error", () => lost.abort());
  client.on("end", () => lost.abort());
  client.on("notification", ({ payload = "" }) => {
    if (payload.startsWith(ownCall)) echoes.get(payload)?.();
    else events.news(readNews(payload));
  });
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
    while (!over.aborted && (await comesBack(client, echoes, over, times.echoMs))) {
      events.hearing(true);
      await rest(times.everyMs, over);
    }
  } finally {
    // Not waited for: a server that is gone answers no good-bye.
    void client.end().catch(() => {});
  }
}

/** Whether our own call comes back in time. */
async function comesBack(
  client: pg.Client,
  echoes: Map<string, () => void>,
  over: AbortSignal,
  echoMs: number,
): Promise<boolean> {
  const call = `${ownCall}${randomUUID()}`;
  const late = new AbortController();
  let heard = false;
  echoes.set(call, () => {
    heard = true;
    late.abort();
  });
  const sent = client.query("select pg_notify($1, $2)", [channel, call]).catch(() => late.abort());
  await rest(echoMs, AbortSignal.any([over, late.signal]));
  echoes.delete(call);
  if (heard) await sent;
  return heard;
}

function readNews(payload: string): News {
  const news = new Map<string, readonly Topic[]>();
  for (const entry of payload.split(" ")) {
    const [name = "", about = ""] = entry.split(":");
    const found = topicsOf(about);
    if (name && found.length > 0) news.set(name, found);
  }
  return news;
}
