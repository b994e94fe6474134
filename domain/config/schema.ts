// The configuration file, version 1: the nouns' own schemas with every key optional (absence means "default in what is
// new, unchanged in what exists"), plus the few keys that only a file has.
import { z } from "zod";
import { roles } from "@/domain/access";
import { address, secretText } from "@/domain/configured";
import { exchangeFields } from "@/domain/exchange/schema";
import { mailboxFields, recipientSettings } from "@/domain/mailbox/schema";
import { rule } from "@/domain/routing/schema";
import { slug, tenantFields } from "@/domain/tenant/schema";

const passwordKeys = {
  password: secretText("password").nullish(),
  passwordEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "passwordEnv names an environment variable, like CONTOSO_IMAP.")
    .optional(),
};
const oneOfBoth = (entry: { password?: string | null | undefined; passwordEnv?: string | undefined }) =>
  !(entry.password && entry.passwordEnv);
const oneOfBothWords = { message: "Give password or passwordEnv, not both.", path: ["passwordEnv"] };

export const fileExchange = exchangeFields
  .omit({ notify: true })
  .partial()
  .extend({ notify: exchangeFields.shape.notify.partial().optional(), ...passwordKeys })
  .strict()
  .refine(oneOfBoth, oneOfBothWords);
export type FileExchange = z.output<typeof fileExchange>;

const headersOption = recipientSettings.options[1];
/** Recipients as written: in the headers mode everything but the domains has a default. */
const fileRecipients = z.discriminatedUnion("mode", [
  recipientSettings.options[0],
  headersOption.partial({ headers: true, own: true, nobody: true }),
]);

export const fileMailbox = mailboxFields
  .omit({ name: true, recipients: true })
  .partial()
  .extend({
    name: mailboxFields.shape.name,
    recipients: fileRecipients.optional(),
    stopped: z.boolean().optional(),
    ...passwordKeys,
  })
  .strict()
  .refine(oneOfBoth, oneOfBothWords);
export type FileMailbox = z.output<typeof fileMailbox>;

export const fileTenant = z.strictObject({
  slug,
  name: tenantFields.shape.name.optional(),
  site: tenantFields.shape.site.optional(),
  timeZone: tenantFields.shape.timeZone.optional(),
  contact: tenantFields.shape.contact.optional(),
  exchange: fileExchange.optional(),
  retention: tenantFields.shape.retention.partial().optional(),
  mailboxes: z.array(fileMailbox).optional(),
  rules: z.array(rule).optional(),
});
export type FileTenant = z.output<typeof fileTenant>;

export const fileMember = z
  .strictObject({
    email: address("email").transform((text) => text.toLowerCase()),
    tenant: slug.optional(),
    platform: z.literal(true).optional(),
    role: z.enum(roles, "role is admin, operator or viewer."),
  })
  .refine((member) => (member.tenant === undefined) !== (member.platform === undefined), {
    message: "Give either tenant: SLUG or platform: true.",
  });
export type FileMember = z.output<typeof fileMember>;

export const configFile = z.strictObject({
  version: z.literal(1, "version must be 1: this Mailferry reads no other."),
  tenants: z.array(fileTenant).default([]),
  members: z.array(fileMember).default([]),
});
export type ConfigFile = z.output<typeof configFile>;
