// When the database has too little room to collect, and when it has enough again: apart by a margin, so that a disk at the
// edge is one pause and not many.

export type SpaceNews = "full" | "room" | null;

export interface DiskSpace {
  freeBytes: number;
  totalBytes: number;
  /** inside the database's files: room for mail, but not for its log */
  reusableBytes: number;
  /** what Postgres lets its write-ahead log grow to (max_wal_size) */
  walBytes: number;
}

/** What goes on while collecting stands still: attempts, outcomes, tidying, and the batches that were under way. */
const workBytes = 512e6;
/** Small disks have small databases: of them so much is enough. */
const shareForWal = 0.1;
const shareForWork = 0.05;
const margin = 1.4;

/**
 * `full`: the log could take all that is free, and a Postgres that can't write its log stops; or there is no room for mail
 * beside it. Octets and not a share of the disk: what the log takes grows with neither disk nor mail. Null: as it was.
 */
export function diskSpace({ freeBytes, totalBytes, reusableBytes, walBytes }: DiskSpace): SpaceNews {
  const wal = Math.min(walBytes, totalBytes * shareForWal);
  const work = Math.min(workBytes, totalBytes * shareForWork);
  const room = freeBytes + reusableBytes;
  if (freeBytes < wal || room < wal + work) return "full";
  return freeBytes > wal + work / 4 && room > (wal + work) * margin ? "room" : null;
}

export interface LimitSpace {
  databaseBytes: number;
  reusableBytes: number;
  limitBytes: number;
}

const fullShare = 0.95;
const roomShare = 0.9;

/** The files of a database never get smaller by themselves: what is free inside them counts as room. Null: as it was. */
export function limitSpace({ databaseBytes, reusableBytes, limitBytes }: LimitSpace): SpaceNews {
  const share = (databaseBytes - reusableBytes) / limitBytes;
  if (share >= fullShare) return "full";
  return share < roomShare ? "room" : null;
}
