// What a person decides about held and BADMAIL mail, as forms and doors take it.
import { z } from "zod";
import { parseAddress } from "@/mail/address";

const address = z
  .string()
  .trim()
  .max(320)
  .refine((text) => parseAddress(text) !== null, "This is no mail address. Write it like anna@contoso.example.");

/** What it is decided for: mails by id, or a whole group by its cause. */
export const target = z.union([
  z.strictObject({ ids: z.array(z.uuid()).min(1).max(500) }),
  z.strictObject({ place: z.enum(["badmail", "held"]), reasonKind: z.string().max(100).nullable() }),
]);
export type Target = z.infer<typeof target>;

export const choice = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("send-again") }),
  z.strictObject({ do: z.literal("send-to"), addresses: z.array(address).min(1).max(20) }),
  z.strictObject({ do: z.literal("delete") }),
]);
export type Choice = z.infer<typeof choice>;
