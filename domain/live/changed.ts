// News for pages that are open: whoever committed a change says so here, after the commit. Nothing is sent then; a process
// gathers what changed and sends it at most twice a second, in a transaction of its own, so that a busy lane pays for an
// entry in a map and never waits for NOTIFY's one lock. News is a hint: lost, a page is late by half a minute and never wrong.
import type { Db } from "@/lib/db";
import { newsName, platformName } from "./name";
import { lettersOf, type Topic } from "./topics";

export const channel = "mailferry_news";

const firstAfterMs = 30;
const betweenMs = 500;
/** A payload of NOTIFY ends at 8000 octets; an entry has 17 at most. */
const perPayload = 400;

/** `tenantId` null: the installation itself. */
export function changed(db: Db, tenantId: string | null, topic: Topic): void {
  let outbox = outboxes.get(db);
  if (!outbox) {
    outbox = { waiting: new Map(), sentAt: 0, busy: false };
    outboxes.set(db, outbox);
  }
  const known = outbox.waiting.get(tenantId);
  if (known) known.add(topic);
  else outbox.waiting.set(tenantId, new Set([topic]));
  arrange(db, outbox);
}

interface Outbox {
  waiting: Map<string | null, Set<Topic>>;
  sentAt: number;
  /** a timer is set, or a statement under way */
  busy: boolean;
}
const outboxes = new WeakMap<Db, Outbox>();

function arrange(db: Db, outbox: Outbox): void {
  if (outbox.busy || outbox.waiting.size === 0) return;
  outbox.busy = true;
  const rest = Math.max(firstAfterMs, outbox.sentAt + betweenMs - Date.now());
  setTimeout(() => void send(db, outbox), rest).unref();
}

async function send(db: Db, outbox: Outbox): Promise<void> {
  const payloads = payloadsOf(outbox.waiting);
  outbox.waiting = new Map();
  outbox.sentAt = Date.now();
  // Nobody waits for the disk because of a hint. A database that is away loses it, and pages say that they aren't live.
  await db.pool
    .query(
      `select set_config('synchronous_commit', 'off', true), pg_notify($1, payload)
       from unnest($2::text[]) as payload`,
      [channel, payloads],
    )
    .catch(() => {});
  outbox.busy = false;
  arrange(db, outbox);
}

function payloadsOf(waiting: Outbox["waiting"]): string[] {
  const entries = [...waiting].map(
    ([tenantId, about]) => `${tenantId === null ? platformName : newsName(tenantId)}:${lettersOf(about)}`,
  );
  const payloads: string[] = [];
  for (let n = 0; n < entries.length; n += perPayload) payloads.push(entries.slice(n, n + perPayload).join(" "));
  return payloads;
}
