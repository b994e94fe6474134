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

export const forgotten = z.strictObject({ email });

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
export const platformFactor = z.strictObject({
  roles: z.array(role).max(3, "Roles: each at most once."),
});
export const platformDisable = z.strictObject({ personId: z.uuid(), disabled: z.boolean() });

export const presentPassword = z
  .string()
  .min(1, "Present password is empty.")
  .max(256, "Present password is longer than 256 characters.");

export const passwordChange = z.strictObject({ present: presentPassword, password: newPassword });

const base64url = z.string().regex(/^[\w-]*$/, "The browser sent what no passkey says. Try again.");
const passkeyAnswer = {
  id: base64url.min(1).max(1400),
  rawId: base64url.max(1400),
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()).transform(() => ({})),
  authenticatorAttachment: z.enum(["platform", "cross-platform"]).exactOptional(),
};

/** What browsers answer to WebAuthn, as JSON. */
export const passkeySigned = z.strictObject({
  ...passkeyAnswer,
  response: z.strictObject({
    clientDataJSON: base64url.max(4000),
    authenticatorData: base64url.max(8000),
    signature: base64url.max(8000),
    userHandle: base64url.max(200).exactOptional(),
  }),
});
export const passkeyMade = z.strictObject({
  ...passkeyAnswer,
  response: z.strictObject({
    clientDataJSON: base64url.max(4000),
    attestationObject: base64url.max(20_000),
    authenticatorData: base64url.max(8000).exactOptional(),
    transports: z.array(z.enum(["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"])).exactOptional(),
    publicKeyAlgorithm: z.number().int().exactOptional(),
    publicKey: base64url.max(8000).exactOptional(),
  }),
});
export const passkeyName = line("Name", 60);

/** Of an app, or a recovery code. */
export const code = z.string().trim().min(1, "Code is empty.").max(40, "Code is longer than 40 characters.");

export const secondFactor = z.strictObject({ code, next: z.string().max(2000).optional() });

/** Proving again who is there. */
export const proof = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("code"), code }),
  z.strictObject({ by: z.literal("passkey"), response: passkeySigned }),
  z.strictObject({
    by: z.literal("password"),
    password: z.string().min(1, "Password is empty.").max(256, "Password is longer than 256 characters."),
  }),
]);
