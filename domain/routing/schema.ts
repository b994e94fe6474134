// A forwarding rule as people write it: all keys of `when` must hold, one key of `then` says what happens.
import { z } from "zod";
import { address, line } from "@/domain/configured";

const unit = { "": 1, B: 1, KB: 1000, MB: 1_000_000, GB: 1_000_000_000 } as const;

/** "10 MB" or a number of octets → octets. */
export const sizeText = z.union([z.number().int().nonnegative(), z.string().trim()]).transform((value, context) => {
  if (typeof value === "number") return value;
  const match = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)?$/i.exec(value);
  if (match) return Math.round(Number(match[1]) * unit[(match[2] ?? "").toUpperCase() as keyof typeof unit]);
  context.addIssue({ code: "custom", message: `“${value}” is no size. Write it like 10 MB.` });
  return z.NEVER;
});

const pattern = (what: string) => line(what, 254).min(1, `${what} is empty.`);

export const ruleWhen = z
  .strictObject({
    recipient: pattern("recipient").optional(),
    sender: pattern("sender").optional(),
    subject: pattern("subject").optional(),
    mailbox: pattern("mailbox").optional(),
    header: z.strictObject({ name: pattern("header name"), contains: line("contains") }).optional(),
    sizeOver: sizeText.optional(),
  })
  .refine(
    (when) => Object.values(when).some((value) => value !== undefined),
    "Say when: at least one of recipient, sender, subject, mailbox, header, sizeOver.",
  );
export type RuleWhen = z.output<typeof ruleWhen>;

export const ruleThen = z.union(
  [
    z.strictObject({ redirect: z.array(address("redirect")).min(1).max(50) }),
    z.strictObject({ copyTo: z.array(address("copyTo")).min(1).max(50) }),
    z.strictObject({ hold: z.literal(true) }),
    z.strictObject({ discard: line("discard").min(1, "discard needs its reason in words.") }),
  ],
  "then has one of redirect: [addresses], copyTo: [addresses], hold: true, discard: “reason”.",
);

export const rule = z.strictObject({
  name: line("Name", 120).min(1, "A rule needs a name."),
  when: ruleWhen,
  then: ruleThen,
  continue: z.boolean().default(false),
});
export type Rule = z.output<typeof rule>;
