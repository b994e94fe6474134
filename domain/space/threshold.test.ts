import { expect, it } from "vitest";
import { diskSpace, limitSpace, type SpaceNews } from "./threshold";

const GB = 1e9;

it.each<[free: number, total: number, reusable: number, wal: number, news: SpaceNews]>([
  // A large disk: the log (1 GB) and half a GB for what goes on.
  [1.4, 1000, 0, 1, "full"],
  [1.6, 1000, 0, 1, null],
  [2.0, 1000, 0, 1, null],
  [2.2, 1000, 0, 1, "room"],
  // A log that may grow to 8 GB needs them, however large the disk is.
  [8.4, 1000, 0, 8, "full"],
  // A small disk: a tenth for the log and a twentieth for the rest.
  [1.4, 10, 0, 1, "full"],
  [0.6, 4, 0, 1, null],
  [0.047, 0.32, 0, 0.064, "full"],
  [0.068, 0.32, 0, 0.064, "room"],
  // What was deleted inside the database is room for mail, but never for the log.
  [1.2, 1000, 30, 1, "room"],
  [1.1, 1000, 30, 1, null],
  [0.9, 1000, 30, 1, "full"],
])("a disk with %d of %d GB free, %d reusable, log up to %d: %s", (free, total, reusable, wal, news) => {
  const given = { freeBytes: free * GB, totalBytes: total * GB, reusableBytes: reusable * GB, walBytes: wal * GB };
  expect(diskSpace(given)).toBe(news);
});

it.each<[used: number, reusable: number, news: SpaceNews]>([
  [95, 0, "full"],
  [94.9, 0, null],
  [90, 0, null],
  [89.9, 0, "room"],
  [99, 5, null],
  [99, 60, "room"],
])("a database of %d of 100 GB with %d reusable: %s", (used, reusable, news) => {
  expect(limitSpace({ databaseBytes: used * GB, reusableBytes: reusable * GB, limitBytes: 100 * GB })).toBe(news);
});
