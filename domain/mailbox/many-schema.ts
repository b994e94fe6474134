// What is changed in many mailboxes at once, as forms and doors take it.
import { z } from "zod";
import { certificateRule, host, port, whole } from "@/domain/configured";
import { sourceTls } from "./schema";

/** More are refused: whoever changes them all does it in steps that can be looked through. */
export const mostAtOnce = 1000;

/** A field that is left out stays as it is in each mailbox. */
export const newSettings = z
  .strictObject({
    host: host("Host").optional(),
    port: port("Port").optional(),
    tls: z.enum(sourceTls, "Encryption is off, starttls or implicit.").optional(),
    certificate: certificateRule.optional(),
    pollSeconds: whole("Poll every", 30, 86400, "seconds").optional(),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    message: "Fill in what should be different; what stays empty stays as it is in each mailbox.",
  });
export type NewSettings = z.output<typeof newSettings>;

export const manyChange = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("settings"), settings: newSettings }),
  z.strictObject({ do: z.literal("pause") }),
  z.strictObject({ do: z.literal("start") }),
]);
export type ManyChange = z.output<typeof manyChange>;

const slug = z.string().max(63);
export const chosen = z.strictObject({ slug, id: z.uuid() });
export const seen = chosen.extend({ version: z.number().int() });
export type Seen = z.output<typeof seen>;
