// Space: looks how much room the database has, where this worker can see that, and says when collecting pauses for want of
// it. The pause itself stands in each claim of a mailbox (domain/mailbox/claim.ts), so it holds for all workers.
import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { raiseAlert, resolveSpace } from "@/domain/alert/store";
import { sqlOf } from "@/domain/scope";
import { type DatabaseSize, databaseSize, forgetReadings, recordReading, spacePause } from "@/domain/space/store";
import { diskSpace, limitSpace } from "@/domain/space/threshold";
import type { Room, WorkerContext } from "./room";

/** Half a GB is free below the threshold for what is written between two looks. */
const restMs = 5_000;

export interface FreeSpace {
  freeBytes: number;
  totalBytes: number;
}

/** A room of its own for each worker. `look` reads a folder's disk; null: it can't be read. */
export function makeSpaceRoom(look: (folder: string) => Promise<FreeSpace | null> = freeSpace): Room {
  let paused = false;
  return {
    name: "space",
    async step(context) {
      await watch(context, look);
      const seen = await tell(context);
      if (seen !== null && !paused)
        context.log.warn({ seen }, "collecting is paused: the database has too little room");
      if (seen === null && paused) context.log.info("collecting goes on");
      paused = seen !== null;
      await forgetReadings(context.db);
      return restMs;
    },
  };
}

export const spaceRoom: Room = makeSpaceRoom();

async function watch({ db, env, name }: WorkerContext, look: typeof freeSpace): Promise<void> {
  const data = join(env.dataFolder, "pgdata");
  const identifier = env.dataFolder ? await identifierIn(data) : null;
  if (identifier === null && env.databaseLimitGb === null) return;
  const size = await databaseSize(db, identifier !== null);
  // The same server, and not one that was here before: a hosted database says nothing about this disk.
  if (identifier !== null && identifier === size.identifier) {
    const disk = await lower(data, look);
    if (disk) {
      const seen = `the disk of ${data} on ${name} has ${gb(disk.freeBytes)} of ${gb(disk.totalBytes)} left`;
      await recordReading(db, { kind: "disk", watcher: name, seen, news: diskSpace({ ...disk, ...size }) });
    }
  }
  if (env.databaseLimitGb !== null) await watchLimit(db, name, size, env.databaseLimitGb * 1e9);
}

async function watchLimit(db: WorkerContext["db"], watcher: string, size: DatabaseSize, limitBytes: number) {
  const used = gb(size.databaseBytes - size.reusableBytes);
  const seen = `the database fills ${used} of the ${gb(limitBytes)} that MAILFERRY_DATABASE_LIMIT_GB names on ${watcher}`;
  await recordReading(db, { kind: "limit", watcher, seen, news: limitSpace({ ...size, limitBytes }) });
}

/** One cause for the installation, whichever worker sees it; any worker ends it, also when nobody sees it any more. */
async function tell({ db }: WorkerContext): Promise<string | null> {
  const pause = await spacePause(sqlOf(db.pool));
  if (pause) {
    const text = `Collecting is paused for all tenants: ${pause.seen}.`;
    await raiseAlert(db, { cause: "space", kind: "space", tenantId: null, text });
  } else await resolveSpace(db);
  return pause?.seen ?? null;
}

/** The log may lie on a disk of its own (a link): the one with less counts. */
async function lower(data: string, look: typeof freeSpace): Promise<FreeSpace | null> {
  const [files, log] = [await look(data), await look(join(data, "pg_wal"))];
  return files && log && log.freeBytes < files.freeBytes ? log : files;
}

async function freeSpace(folder: string): Promise<FreeSpace | null> {
  const disk = await statfs(folder).catch(() => null);
  if (!disk || disk.blocks === 0) return null;
  return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize };
}

/** The number that a cluster got when it was made, the first octets of pg_control; null: there is none that we may read. */
async function identifierIn(data: string): Promise<string | null> {
  const control = await readFile(join(data, "global", "pg_control")).catch(() => null);
  return control && control.length >= 8 ? control.readBigInt64LE().toString() : null;
}

const gb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
