// Every room of the worker, in the order of a mail's journey.
import { deliverRoom } from "./deliver";
import { notifyRoom } from "./notify";
import type { Room } from "./room";
import { uncertainRoom } from "./uncertain";

export const rooms: Room[] = [deliverRoom, uncertainRoom, notifyRoom];
