// The portal's log, and the one way a fault is told: an id to the person, everything else to the log.
import { randomBytes } from "node:crypto";
import { makeLog } from "@/lib/log";

export const log = makeLog("portal");

/** Logs a fault and returns the id under which the log has it. */
export function logFault(error: unknown, where: string): string {
  const id = randomBytes(4).toString("hex");
  log.error({ fault: id, where, err: error }, "fault");
  return id;
}

/** Logs a fault and returns the sentence that a person may read. */
export function faultWords(error: unknown, where: string, so = "Nothing was changed."): string {
  const id = logFault(error, where);
  return `Something failed here; the log has it under ${id}. ${so} Try again, or tell whoever runs Mailferry.`;
}
