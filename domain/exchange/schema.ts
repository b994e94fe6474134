// The Exchange server's settings: one schema for form, door, import and worker.
import { z } from "zod";
import { address, certificateRule, host, isIpAddress, line, port, secretText, whole } from "@/domain/configured";
import { isDomain } from "@/mail/address";

export const tlsChoices = ["off", "allow", "require", "implicit"] as const;
export const defaultPort = (tls: string): number => (tls === "implicit" ? 465 : 25);
/** `any` for off and for allow without a user name, else `system`: a password never meets an unchecked certificate. */
export const defaultCertificate = (tls: string, username: string): string =>
  tls === "off" || (tls === "allow" && username === "") ? "any" : "system";

const heloDomain = line("HELO Domain").refine(
  (text) => text === "" || isDomain(text) || /^\[(?:[\d.]+|IPv6:[0-9a-f:.]+)\]$/i.test(text),
  "HELO Domain must be a name like ferry.provider.example, or an address like [192.0.2.7]. Leave it empty to use the worker's name.",
);

export const exchangeFields = z.strictObject({
  host: host("Exchange Server"),
  port: port("IP port number"),
  tls: z.enum(tlsChoices, "Encryption is one of off, allow, require, implicit."),
  certificate: certificateRule,
  certificateName: line("Name on the certificate", 253),
  oldestTls: z.enum(["1.0", "1.2"], "Oldest TLS is 1.2 or 1.0."),
  timeoutSeconds: whole("Timeout", 5, 3600, "seconds"),
  retryMinutes: whole("Retry failed emails", 1, 1440, "minutes"),
  giveUpAfterHours: whole("Give up after", 1, 2160, "hours"),
  heloDomain,
  username: line("User name"),
  maxConnections: whole("Most connections at once", 1, 100),
  paused: z.boolean(),
  uncertain: z.enum(["resend", "hold"]),
  postmaster: address("Postmaster"),
  notify: z.strictObject({
    spam: z.boolean(),
    unknownRecipient: z.boolean(),
    badmail: z.boolean(),
    collecting: z.boolean(),
  }),
});
export type ExchangeSettings = z.output<typeof exchangeFields>;

/** What stands in an empty form and what a missing key of the configuration file means. */
export const exchangeDefaults = {
  port: 25,
  tls: "allow",
  certificate: "any",
  certificateName: "",
  oldestTls: "1.2",
  timeoutSeconds: 60,
  retryMinutes: 10,
  giveUpAfterHours: 120,
  heloDomain: "",
  username: "",
  maxConnections: 5,
  paused: false,
  uncertain: "resend",
  notify: { spam: true, unknownRecipient: true, badmail: true, collecting: true },
} as const satisfies Partial<ExchangeSettings>;

/** Rules over several fields; each fault stands at the field that mends it. */
export function exchangeFaults(edit: ExchangeSettings): { path: keyof ExchangeSettings; message: string }[] {
  const faults: { path: keyof ExchangeSettings; message: string }[] = [];
  if (edit.username !== "" && edit.tls === "off") {
    faults.push({
      path: "tls",
      message: "A user name's password never goes unencrypted: tick Allow StartTLS, or empty User name.",
    });
  }
  if (edit.username !== "" && edit.tls !== "off" && edit.certificate === "any") {
    faults.push({
      path: "certificate",
      message:
        "With a user name the certificate must be checked: choose “verified by this system”, or test and trust the server's own.",
    });
  }
  if (edit.certificate === "system" && edit.tls !== "off" && isIpAddress(edit.host) && edit.certificateName === "") {
    faults.push({
      path: "certificateName",
      message: `${edit.host} is an address, and certificates carry names: give the name on the certificate, like mail.contoso.example.`,
    });
  }
  return faults;
}

export const exchangeSettings = exchangeFields.superRefine((edit, context) => {
  for (const { path, message } of exchangeFaults(edit)) context.addIssue({ code: "custom", path: [path], message });
});

/** What the page sends: the settings, the version it was shown, and a password only when one was typed. */
export const exchangeEdit = exchangeFields
  .extend({
    password: secretText("Password").optional(),
    forgetPassword: z.boolean().optional(),
    version: z.number().int(),
  })
  .superRefine((edit, context) => {
    for (const { path, message } of exchangeFaults(edit)) context.addIssue({ code: "custom", path: [path], message });
  });
/** What the form holds. */
export type ExchangeInput = z.input<typeof exchangeEdit>;
export type ExchangeEdit = z.output<typeof exchangeEdit>;
