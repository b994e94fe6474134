// The heart: every few seconds this worker's row and its sites' clocks move on, both on the database's clock. A clock runs
// only while some worker of its site beats, and however many beat, it runs once.
import { randomUUID } from "node:crypto";
import type { Db } from "@/lib/db";

export interface WorkerFacts {
  workerId: string;
  name: string;
  sites: string[];
  address: string;
  version: string;
  /** has an outgoing server and the portal's address: one-time links are mailed */
  letters?: boolean;
}

export const beatEveryMs = 5000;
/** Between two beats at most so much counts as running: a longer gap was a standstill. */
const longestGap = 30;

export const newWorkerId = (): string => randomUUID();

export async function beat(db: Db, facts: WorkerFacts, stopping: boolean): Promise<void> {
  await db.pool.query(
    `insert into worker (id, name, sites, address, version, stopping, facts)
     values ($1::uuid, $2, $3, $4, $5, $6, jsonb_build_object('letters', $7::boolean))
     on conflict (id) do update set beat_at = now(), stopping = $6`,
    [facts.workerId, facts.name, facts.sites, facts.address, facts.version, stopping, facts.letters ?? false],
  );
  await db.pool.query("insert into site_clock (site) select unnest($1::text[]) on conflict do nothing", [facts.sites]);
  await db.pool.query(
    `update site_clock set
       running_seconds = running_seconds + least($2, greatest(0, extract(epoch from now() - beat_at))),
       beat_at = greatest(beat_at, now())
     where site = any($1)`,
    [facts.sites, longestGap],
  );
}

/** A worker that stopped in order leaves at once; one that fell silent a day ago is forgotten. */
export async function leave(db: Db, workerId: string): Promise<void> {
  await db.pool.query("delete from worker where id = $1::uuid or beat_at < now() - interval '1 day'", [workerId]);
}
