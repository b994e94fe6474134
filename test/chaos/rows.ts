// All rows of the fault matrix, in its order.
import type { Row } from "./row";
import { besideRows } from "./rows/beside";
import { collectingRows } from "./rows/collecting";
import { databaseRows } from "./rows/database";
import { deliveringRows } from "./rows/delivering";
import { hostileRows } from "./rows/hostile";
import { largeRows } from "./rows/large";
import { refusingRows } from "./rows/refusing";
import { workerRows } from "./rows/worker";

export const rows: Row[] = [
  ...workerRows,
  ...collectingRows,
  ...deliveringRows,
  ...refusingRows,
  ...databaseRows,
  ...besideRows,
  ...hostileRows,
  ...largeRows,
].sort((a, b) => a.number - b.number);
