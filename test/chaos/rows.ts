// All rows of the fault matrix, in its order.
import type { Row } from "./row";
import { collectingRows } from "./rows/collecting";
import { databaseRows } from "./rows/database";
import { deliveringRows } from "./rows/delivering";
import { hostileRows } from "./rows/hostile";
import { largeRows } from "./rows/large";
import { workerRows } from "./rows/worker";

export const rows: Row[] = [
  ...workerRows,
  ...collectingRows,
  ...deliveringRows,
  ...databaseRows,
  ...hostileRows,
  ...largeRows,
].sort((a, b) => a.number - b.number);
