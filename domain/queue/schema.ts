// What a person gives when they pause the lane, and which waiting mails they mean.
import { z } from "zod";

const reason = z
  .string()
  .trim()
  .max(300, "Keep it under 300 characters.")
  .regex(/^[^\p{Cc}]*$/u, "Leave out line breaks and control characters.");

export const pauseQueue = z.strictObject({ reason: reason.min(1, "Say why, so that others know.") });

/** Mails by id, or all that wait. */
export const waitingTarget = z.union([
  z.strictObject({ ids: z.array(z.uuid()).min(1).max(500) }),
  z.strictObject({ all: z.literal(true) }),
]);
export type WaitingTarget = z.output<typeof waitingTarget>;

/** Why it is held; may be left empty. */
export const holdReason = reason;
