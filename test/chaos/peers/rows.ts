// The rows in which any program that collects mail can stand in Mailferry's place.
import { collectingRows } from "./collecting-rows";
import { crashRows } from "./crash-rows";
import { deliveringRows } from "./delivering-rows";
import type { PeerRow } from "./row";

export const peerRows: PeerRow[] = [...crashRows, ...collectingRows, ...deliveringRows].sort(
  (a, b) => a.number - b.number,
);
