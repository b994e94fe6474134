// What a person decides about held and BADMAIL mail, as forms and doors take it.
import { z } from "zod";
import { parseAddress } from "@/mail/address";

const address = z
  .string()
  .trim()
  .max(320)
  .refine((text) => parseAddress(text) !== null, "This is no mail address. Write it like anna@contoso.example.");

/** A group: all stuck mail of one cause. `detail` narrows it (an unknown address, a rule's name); left out, it is any. */
export const groupTarget = z.strictObject({
  place: z.enum(["badmail", "held"]),
  reasonKind: z.string().max(100).nullable(),
  detail: z.string().max(1000).nullable().optional(),
  /** Mailferry's own notices that were refused; left out or false: collected mail and copies */
  notices: z.boolean().optional(),
  /** part of sender, recipient or subject */
  text: z.string().max(300).optional(),
});
export type GroupTarget = z.infer<typeof groupTarget>;

/** What it is decided for: mails by id, or a whole group. */
export const target = z.union([z.strictObject({ ids: z.array(z.uuid()).min(1).max(500) }), groupTarget]);
export type Target = z.infer<typeof target>;

export const choice = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("send-again") }),
  z.strictObject({
    do: z.literal("send-to"),
    addresses: z.array(address).min(1).max(20),
    /** a person has confirmed that an address outside the tenant's known domains is meant */
    foreign: z.boolean().optional(),
  }),
  z.strictObject({ do: z.literal("delete") }),
]);
export type Choice = z.infer<typeof choice>;

const seq = z.number().int().min(0);
/** One request's part of a decision: a page makes as many as it takes, and shows how far it is. */
export const part = z.strictObject({
  /** only mails that arrived after this number … */
  after: seq.optional(),
  /** … and up to this one: what arrives while people decide is not in what they confirmed */
  until: seq.optional(),
  limit: z.number().int().min(1).max(100).optional(),
});
export type Part = z.infer<typeof part>;
