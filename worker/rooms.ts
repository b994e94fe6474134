// Every room of the worker, in the order of a mail's journey; first whether there is room for it.
import { alertRoom } from "./alert";
import { deliverRoom } from "./deliver";
import { letterRoom } from "./letter";
import { notifyRoom } from "./notify";
import { pollRoom } from "./poll";
import { probeRoom } from "./probe";
import type { Room } from "./room";
import { routeRoom } from "./route";
import { spaceRoom } from "./space";
import { tidyRoom } from "./tidy";
import { uncertainRoom } from "./uncertain";

export const rooms: Room[] = [
  spaceRoom,
  pollRoom,
  routeRoom,
  deliverRoom,
  uncertainRoom,
  notifyRoom,
  alertRoom,
  letterRoom,
  probeRoom,
  tidyRoom,
];
