// What rules are tried on: a pasted mail, or one that was collected.
import { z } from "zod";
import { rule, sizeText } from "./schema";

/** Headers, and as much of the text as a mail without attachments has. */
const mostPasted = 100_000;

export const pastedMail = z.strictObject({
  kind: z.literal("pasted"),
  text: z
    .string()
    .max(mostPasted, "That is more than 100,000 characters: its headers alone are enough, set its size beside them.")
    .refine(
      (text) => text.trim() !== "",
      "Nothing is pasted: copy a mail with its headers, as “view source” shows it.",
    ),
  mailboxId: z.uuid("Choose the mailbox that it would come from."),
  /** empty: as large as what was pasted */
  size: z.string().transform((text, context) => {
    if (text.trim() === "") return null;
    const read = sizeText.safeParse(text);
    if (read.success) return read.data;
    context.addIssue({ code: "custom", message: read.error.issues[0]?.message ?? "" });
    return z.NEVER;
  }),
});
export type PastedMail = z.output<typeof pastedMail>;

export const trialMail = z.discriminatedUnion("kind", [
  pastedMail,
  z.strictObject({ kind: z.literal("collected"), mailId: z.uuid() }),
]);
export type TrialMail = z.output<typeof trialMail>;

/** The editor as it stands: takes the place of the stored rule, or stands where it would be made. */
export const ruleDraft = z.strictObject({
  id: z.uuid().nullable(),
  rule,
  place: z.number().int().nonnegative().nullable(),
});
export type RuleDraft = z.output<typeof ruleDraft>;
