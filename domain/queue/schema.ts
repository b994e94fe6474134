// What a person gives when they pause the lane.
import { z } from "zod";

export const pauseQueue = z.strictObject({
  reason: z
    .string()
    .trim()
    .min(1, "Say why, so that others know.")
    .max(300, "Keep it under 300 characters.")
    .regex(/^[^\p{Cc}]*$/u, "Leave out line breaks and control characters."),
});
