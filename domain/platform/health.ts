// Is the portal's other half there? Answered for load balancers and monitors, from one statement.
import type { Db } from "@/lib/db";

export interface Health {
  ok: boolean;
  database: boolean;
  worker: boolean;
}

/** A worker that has not beaten for this long counts as gone. */
const freshSeconds = 60;

export async function health(db: Db): Promise<Health> {
  try {
    const { rows } = await db.pool.query<{ beats: boolean }>(
      "select exists (select 1 from worker where beat_at > now() - make_interval(secs => $1) and not stopping) as beats",
      [freshSeconds],
    );
    const worker = rows[0]?.beats === true;
    return { ok: worker, database: true, worker };
  } catch {
    return { ok: false, database: false, worker: false };
  }
}
