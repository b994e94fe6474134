// A person and what they type about themselves: one schema for pages, doors and the command line.
import { z } from "zod";
import { roles } from "@/domain/access";
import { address, line } from "@/domain/configured";

export const email = address("Email").transform((text) => text.toLowerCase());
export const personName = line("Name", 120);
export const role = z.enum(roles, "Role is one of viewer, operator, admin.");

/** Length only, here: what else makes a password weak needs the person and is asked in password.ts. */
export const newPassword = z
  .string()
  .min(12, "Password is shorter than 12 characters. A few words in a row are fine.")
  .max(256, "Password is longer than 256 characters.");

export const signIn = z.strictObject({
  email: z.string().trim().toLowerCase().max(254, "Email is longer than 254 characters."),
  password: z.string().max(256, "Password is longer than 256 characters."),
  next: z.string().max(2000).optional(),
});

export const firstAdministrator = z.strictObject({
  // Typed off a terminal, in small letters or without the dashes, it is the same code.
  code: z
    .string()
    .transform((text) => (text.toUpperCase().match(/[A-Z0-9]/g) ?? []).join("").replace(/(.{4})(?=.)/g, "$1-"))
    .pipe(z.string().min(1, "Code is empty: it stands in the terminal where Mailferry was started.")),
  email,
  name: personName,
  password: newPassword,
});

export const acceptInvitation = z.strictObject({
  token: z.string().min(1).max(200),
  name: personName,
  password: newPassword,
});

export const memberAdd = z.strictObject({ email, name: personName.optional(), role });
export const memberRole = z.strictObject({ personId: z.uuid(), role });
export const memberOf = z.strictObject({ personId: z.uuid() });

export const platformPerson = z.strictObject({ email, name: personName.optional(), role });
export const platformRole = z.strictObject({ personId: z.uuid(), role: role.nullable() });
export const platformDisable = z.strictObject({ personId: z.uuid(), disabled: z.boolean() });

export const presentPassword = z
  .string()
  .min(1, "Present password is empty.")
  .max(256, "Present password is longer than 256 characters.");

export const passwordChange = z.strictObject({ present: presentPassword, password: newPassword });

/** Proving again who is there. */
export const proof = z.discriminatedUnion("by", [
  z.strictObject({
    by: z.literal("password"),
    password: z.string().min(1, "Password is empty.").max(256, "Password is longer than 256 characters."),
  }),
]);
