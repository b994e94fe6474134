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
    recipient: pattern("Recipient").optional(),
    sender: pattern("Sender").optional(),
    subject: pattern("Subject").optional(),
    mailbox: pattern("Mailbox").optional(),
    header: z.strictObject({ name: pattern("Header name"), contains: line("Header contains") }).optional(),
    sizeOver: sizeText.optional(),
  })
  .refine(
    (when) => Object.values(when).some((value) => value !== undefined),
    "Say when: at least one of recipient, sender, subject, mailbox, header, sizeOver.",
  );
export type RuleWhen = z.output<typeof ruleWhen>;

const addresses = (what: string) =>
  z
    .array(address(what))
    .min(1, `${what} is empty: write an address like accounting@contoso.example.`)
    .max(50, `${what} has more than 50 addresses: let it go to a group in Exchange.`);

export const ruleThen = z.union(
  [
    z.strictObject({ redirect: addresses("Redirect") }),
    z.strictObject({ copyTo: addresses("Copy") }),
    z.strictObject({ hold: z.literal(true) }),
    z.strictObject({ discard: line("Reason").min(1, "Reason is empty: say in words why it is discarded.") }),
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

/** A rule as its page saves it: a new one (`id` null), or a change of what the page showed. */
export const ruleEdit = z.strictObject({
  id: z.uuid().nullable(),
  rule,
  version: z.number().int().nonnegative(),
  /** how many rules stand before it; null: where it is, a new one after all others */
  place: z.number().int().nonnegative().nullable(),
  /** with a place, which counts in it: the order that the page showed */
  seen: z.array(z.uuid()).max(5000).default([]),
});
/** What the form holds. */
export type RuleInput = z.input<typeof ruleEdit>;
export type RuleEdit = z.output<typeof ruleEdit>;

export const ruleMove = z.strictObject({
  id: z.uuid(),
  /** how many rules stand before it then */
  place: z.number().int().nonnegative(),
  /** the order that the page showed */
  seen: z.array(z.uuid()).max(5000),
});
export type RuleMove = z.output<typeof ruleMove>;
