// doctor, the database's room: is collecting paused for want of it, and does anybody see how much there is?
import { sqlOf } from "@/domain/scope";
import { isWatched, spacePause } from "@/domain/space/store";
import type { Db } from "@/lib/db";
import { type Finding, fault, note, ok } from "./finding";

export async function spaceFindings(db: Db): Promise<Finding[]> {
  const sql = sqlOf(db.pool);
  const pause = await spacePause(sql);
  if (pause)
    return [
      fault(
        "space",
        `collecting is paused for all tenants since ${pause.since.toISOString()}: ${pause.seen}. Make room; it goes on by itself.`,
      ),
    ];
  if (await isWatched(sql)) return [ok("space", "the database has room, and a worker watches it")];
  const beats = await sql.query("select 1 from worker where beat_at > now() - interval '30 seconds' limit 1");
  if (beats.length === 0) return [];
  return [
    note(
      "space",
      "no worker sees how much room the database has: set MAILFERRY_DATABASE_LIMIT_GB on one, so that collecting pauses before the database is full.",
    ),
  ];
}
