// All rows of the fault matrix, in its order.
import type { Row } from "./row";
import { collectingRows } from "./rows/collecting";
import { databaseRows } from "./rows/database";
import { deliveringRows } from "./rows/delivering";
import { workerRows } from "./rows/worker";

export const rows: Row[] = [...workerRows, ...collectingRows, ...deliveringRows, ...databaseRows].sort(
  (a, b) => a.number - b.number,
);
