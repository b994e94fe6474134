// All rows of the fault matrix, in its order.
import type { Row } from "./row";
import { workerRows } from "./rows/worker";

export const rows: Row[] = [...workerRows].sort((a, b) => a.number - b.number);
